/** The limits of a host's shells: what its settings say, and what holds where they say nothing. */

import type { ConnectionSettings } from '../../model/host.ts'
import type { Budget } from '../../protocol/kept-output.ts'
import type { Section } from '../../protocol/section.ts'
import type { SectionLimit } from './session-watch.ts'

/** See the settings of the same names. */
export interface SessionLimits {
  readonly shellTimeoutMs: number
  readonly silenceTimeoutMs: number
  readonly readTimeoutMs: number
  readonly readLimitBytes: number
  readonly outputLimitBytes: number
}

/** The limits for a host with these settings. */
export function limitsOf(settings: ConnectionSettings): SessionLimits {
  return {
    shellTimeoutMs: settings.shellTimeoutMs ?? 30_000,
    silenceTimeoutMs: settings.silenceTimeoutMs ?? 120_000,
    readTimeoutMs: settings.readTimeoutMs ?? 600_000,
    readLimitBytes: settings.readLimitBytes ?? 64 * 1024 * 1024,
    outputLimitBytes: settings.outputLimitBytes ?? 8 * 1024 * 1024,
  }
}

// `timeout` on the host gives a command this long to end after its limit, before it kills it.
const killGraceMs = 10_000

/** How long a section may take; undefined for a command without a limit of its own, which may take as long as it lives. */
export function timeLimitOf(section: Section, limits: SessionLimits): SectionLimit | undefined {
  switch (section.kind) {
    case 'read':
      return { ms: limits.readTimeoutMs, isQuietTime: false }
    // One may wait for what an earlier shell is at, and says so; the other takes as long as its content is on its way.
    case 'session':
    case 'receive':
      return { ms: limits.readTimeoutMs, isQuietTime: true }
    case 'run': {
      if (section.timeoutMs === undefined) return undefined
      const ms = section.timeoutMs + killGraceMs + limits.silenceTimeoutMs
      return { ms, isQuietTime: section.input !== undefined }
    }
  }
}

/** What each of `sections` may keep of its output. Readings share a budget, and so do commands. */
export function budgetsOf(sections: readonly Section[], limits: SessionLimits): Budget[] {
  const reading: Budget = { left: limits.readLimitBytes, isWhole: true }
  const output: Budget = { left: limits.outputLimitBytes, isWhole: false }
  return sections.map(({ kind }) => (kind === 'run' || kind === 'receive' ? output : reading))
}

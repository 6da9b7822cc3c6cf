/** Runs of the engine against a namespace host: in this process, or in a controller of its own that can be killed. */

import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunEvent } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { Inventory } from '../../src/index.ts'
import type { ConnectionSettings } from '../../src/model/host.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { ControllerDied } from './shell-wire.ts'

/** How a run ended. */
export type Ended =
  | RunEnd
  /** The controller died of a signal. */
  | { readonly kind: 'died' }
  /** Something was thrown that is no error of the toolkit. */
  | { readonly kind: 'bug'; readonly detail: string }
  | { readonly kind: 'no-end'; readonly detail: string }

/** A run that came to its end. */
export interface RunEnd {
  readonly kind: 'result'
  readonly exitCode: number
  readonly changed: boolean
  readonly hasReconnected: boolean
  readonly error?: RunError
}

/** Why the host left the run. */
export interface RunError {
  readonly code: string
  readonly family: string
  readonly detail: string
}

// The time for reconnecting, and as much again.
const longestRunMs = 240_000
const longestInterruptionMs = 30_000

/** An ending in words. */
export function endingOf(ended: Ended): string {
  switch (ended.kind) {
    case 'result':
      return `exit ${ended.exitCode}${ended.error ? `, ${ended.error.code}: ${ended.error.detail}` : ''}`
    case 'died':
      return 'the controller died'
    default:
      return `${ended.kind}: ${ended.detail}`
  }
}

/** Applies in this process. */
export async function applyHere(inventory: Inventory, transport: Transport): Promise<Ended> {
  const kill = new AbortController()
  const request = { inventory, mode: 'apply', limit: [], tags: [], skipTags: [], overrides: [], forks: 5 } as const
  let hasReconnected = false
  const emit = ({ type }: RunEvent) => {
    hasReconnected ||= type === 'host-reconnected'
  }
  const going = run({ ...request, diff: false }, { transport, kill: kill.signal, emit }).then(
    ({ exitCode, changed, recap }): Ended => {
      const { error } = recap.here ?? {}
      const { code, family, detail = '' } = error ?? {}
      return {
        kind: 'result',
        exitCode,
        changed,
        hasReconnected,
        ...(code && family ? { error: { code, family, detail } } : {}),
      }
    },
    (thrown: unknown): Ended =>
      thrown instanceof ControllerDied
        ? { kind: 'died' }
        : { kind: 'bug', detail: String(thrown instanceof Error ? thrown.stack : thrown) },
  )
  return within(going, () => kill.abort())
}

/** Applies in a controller of its own; `onStart` gets its process. */
export async function applyInProcess(
  sources: string,
  settings: ConnectionSettings,
  onStart: (controller: ChildProcess) => void,
): Promise<Ended> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
  const command = [here('../../bin/foobar-deploy.js'), 'apply', here('faulty-inventory.ts'), '--output', 'json']
  const controller = spawn(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      XDG_STATE_HOME: join(sources, 'state'),
      FAULTS_CONTROLLER: JSON.stringify({ sources, settings }),
    },
  })
  onStart(controller)
  const said = Promise.all([text(controller.stdout), text(controller.stderr)])
  const going = new Promise<Ended>((resolve) => {
    controller.once('close', async (exitCode, signal) => {
      const [events, errors] = await said
      resolve(signal ? { kind: 'died' } : endOf(exitCode ?? 0, events, errors))
    })
  })
  const ended = await within(going, () => controller.kill('SIGTERM'))
  controller.kill('SIGKILL')
  return ended
}

function endOf(exitCode: number, events: string, errors: string): Ended {
  const last = events
    .trim()
    .split('\n')
    .flatMap((line) => (line.includes('"run-finished"') ? [JSON.parse(line)] : []))
    .at(-1)
  if (!last) return { kind: 'bug', detail: `exit ${exitCode} without a result: ${errors}` }
  const { error, statuses } = last.recap.here
  const known = error ? { error: { code: error.code, family: error.family, detail: error.detail ?? '' } } : {}
  const hasReconnected = events.includes('"host-reconnected"')
  return { kind: 'result', exitCode, changed: statuses.changed > 0, hasReconnected, ...known }
}

// Where a run does not end, Ctrl-C must end it.
async function within(going: Promise<Ended>, interrupt: () => void): Promise<Ended> {
  const limit = new AbortController()
  const late = (ms: number) => delay(ms, undefined, { signal: limit.signal }).catch(() => undefined)
  try {
    const ended = await Promise.race([going, late(longestRunMs)])
    if (ended) return ended
    interrupt()
    const interrupted = await Promise.race([going, late(longestInterruptionMs)])
    const detail = `not within ${longestRunMs / 1000} s`
    return { kind: 'no-end', detail: interrupted ? detail : `${detail}, and it could not be interrupted` }
  } finally {
    limit.abort()
  }
}

/** What the live screen knows of each host: a value that events change. */

import type { RunEvent, RunMode } from '../engine/events.ts'
import { formatTask, printable } from './format.ts'
import { assembleLines, type LineAssembly } from './line-assembly.ts'

/** Where a host is in the run. */
export type LivePhase = 'connecting' | 'waiting' | 'working' | 'done' | 'failed'

/** A host on the screen. */
export interface LiveHost {
  readonly name: string
  phase: LivePhase
  /** Tasks it has in all; unknown until its facts are. */
  total: number | undefined
  finished: number
  changed: number
  failed: number
  current: { readonly title: string; readonly sinceMs: number } | undefined
  /** The last line that the current task wrote. */
  output: string
}

/** The whole screen. */
export interface LiveState {
  mode: RunMode
  playbook: string
  startedMs: number
  readonly hosts: Map<string, LiveHost>
  readonly output: LineAssembly
  ended: boolean
}

/** A screen before its run. */
export function emptyLiveState(): LiveState {
  return { mode: 'apply', playbook: '', startedMs: 0, hosts: new Map(), output: assembleLines(), ended: false }
}

/** Takes an event into the state. */
export function updateLiveState(state: LiveState, event: RunEvent, nowMs: number): void {
  if (event.type === 'run-started') {
    Object.assign(state, { mode: event.mode, playbook: event.playbook, startedMs: nowMs })
    for (const name of event.hosts) state.hosts.set(name, freshHost(name))
  }
  if (event.type === 'run-finished') state.ended = true
  const host = 'host' in event && event.host !== undefined ? state.hosts.get(event.host) : undefined
  if (host) updateHost(host, event, nowMs, state.output)
}

function freshHost(name: string): LiveHost {
  const counts = { total: undefined, finished: 0, changed: 0, failed: 0 }
  return { name, phase: 'connecting', ...counts, current: undefined, output: '' }
}

function updateHost(host: LiveHost, event: RunEvent, nowMs: number, output: LineAssembly): void {
  switch (event.type) {
    case 'host-connected':
      host.phase = 'waiting'
      break
    case 'host-ready':
      host.total = event.tasks
      break
    case 'task-started':
      host.phase = 'working'
      host.current = { title: printable(formatTask(event.task)), sinceMs: nowMs }
      host.output = ''
      break
    case 'task-output':
      output.follow(host.name, event.text)
      host.output = output.last(host.name)
      break
    case 'task-finished':
      output.rest(host.name)
      host.finished += event.task.handler === undefined ? 1 : 0
      host.changed += event.status === 'changed' ? 1 : 0
      host.failed += (event.status === 'failed' && !event.ignored) || event.status === 'unreachable' ? 1 : 0
      host.current = undefined
      host.output = ''
      if (host.phase !== 'failed') host.phase = isThrough(host) ? 'done' : 'waiting'
      break
    case 'host-failed':
      host.phase = 'failed'
      host.current = undefined
      host.output = ''
      break
  }
}

// Tasks that were built on the way come on top of the total.
function isThrough({ finished, total }: LiveHost): boolean {
  return total !== undefined && finished >= total
}

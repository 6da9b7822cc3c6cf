/** One picture of the live screen, as lines that fit the terminal. */

import { count, formatDuration, formatElapsed } from './format.ts'
import type { LiveHost, LivePhase, LiveState } from './live-state.ts'
import type { Paint, Tone } from './paint.ts'

/** A piece of a line; it is cut to fit before it is coloured. */
export interface Segment {
  readonly text: string
  readonly tone?: Tone
}

/** The room there is and the marks to use. */
export interface FrameRoom {
  readonly columns: number
  readonly rows: number
  readonly nowMs: number
  /** The mark before a host in this phase. */
  icon(phase: LivePhase): string
}

const mostLines = 20
const tellingMs = 1000
const tones: Readonly<Record<LivePhase, Tone>> = {
  connecting: 'quiet',
  waiting: 'quiet',
  working: 'notice',
  done: 'ok',
  failed: 'failed',
}
// What a person wants to see first when there is no room for all.
const urgency: readonly LivePhase[] = ['working', 'failed', 'connecting', 'waiting', 'done']

/** The lines: hosts, those that do not fit as counts, and a line for the whole. */
export function liveFrame(state: LiveState, room: FrameRoom, paint: Paint): string[] {
  if (state.ended || state.hosts.size === 0) return []
  const hosts = [...state.hosts.values()]
  const budget = Math.max(1, Math.min(mostLines, room.rows - 3))
  const shown = choose(hosts, budget)
  const nameWidth = Math.min(24, Math.max(...hosts.map(({ name }) => name.length)))
  const rest = hosts.filter((host) => !shown.includes(host))
  let spare = budget - shown.length - (rest.length > 0 ? 1 : 0)
  const segments = shown.flatMap((host) => {
    const line = hostLine(host, nameWidth, room)
    const isLong = host.output !== '' && room.nowMs - (host.current?.sinceMs ?? room.nowMs) >= tellingMs
    if (!isLong || spare <= 0) return [line]
    spare -= 1
    return [line, [{ text: `    ${host.output}`, tone: 'quiet' } satisfies Segment]]
  })
  if (rest.length > 0)
    segments.push([{ text: `  and ${count(rest.length, 'more host')}: ${phaseCounts(rest)}`, tone: 'quiet' }])
  segments.push(totalLine(state, hosts, room))
  return segments.map((line) => cutLine(line, room.columns - 1, paint))
}

/** The segments, cut where the columns end, in their colours. */
export function cutLine(segments: readonly Segment[], columns: number, paint: Paint): string {
  let left = columns
  return segments
    .map(({ text, tone }) => {
      const characters = [...text]
      const kept = characters.length <= left ? text : `${characters.slice(0, Math.max(0, left - 1)).join('')}…`
      if (left <= 0) return ''
      left -= Math.min(characters.length, left)
      return tone ? paint(tone, kept) : kept
    })
    .join('')
}

function choose(hosts: readonly LiveHost[], budget: number): LiveHost[] {
  if (hosts.length <= budget) return [...hosts]
  const ranked = urgency.flatMap((phase) => hosts.filter((host) => host.phase === phase)).slice(0, budget - 1)
  return hosts.filter((host) => ranked.includes(host))
}

function hostLine(host: LiveHost, nameWidth: number, { nowMs, icon }: FrameRoom): Segment[] {
  const { name, phase, total, finished, changed, failed, current } = host
  const progress =
    total === undefined ? '' : `${String(finished).padStart(String(total).length)}/${Math.max(total, finished)}`
  const elapsedMs = current ? nowMs - current.sinceMs : 0
  return [
    { text: `${icon(phase)} `, tone: tones[phase] },
    { text: `${[...name].slice(0, nameWidth).join('').padEnd(nameWidth)}  `, tone: 'strong' },
    { text: progress === '' ? '' : `${progress}  `, tone: 'quiet' },
    ...(changed > 0 ? [{ text: `${changed} changed  `, tone: 'changed' } satisfies Segment] : []),
    ...(failed > 0 ? [{ text: `${failed} failed  `, tone: 'failed' } satisfies Segment] : []),
    ...(elapsedMs >= tellingMs ? [{ text: `${formatDuration(elapsedMs)}  `, tone: 'quiet' } satisfies Segment] : []),
    current ? { text: current.title } : { text: phaseText[phase], tone: 'quiet' },
  ]
}

const phaseText: Readonly<Record<LivePhase, string>> = {
  connecting: 'connecting',
  waiting: '',
  working: '',
  done: 'done',
  failed: 'failed',
}

function phaseCounts(hosts: readonly LiveHost[]): string {
  return urgency
    .map((phase) => ({ phase, amount: hosts.filter((host) => host.phase === phase).length }))
    .filter(({ amount }) => amount > 0)
    .map(({ phase, amount }) => `${amount} ${phase}`)
    .join(', ')
}

function totalLine(state: LiveState, hosts: readonly LiveHost[], { nowMs }: FrameRoom): Segment[] {
  const sum = (key: 'changed' | 'failed') => hosts.reduce((total, host) => total + host[key], 0)
  const done = hosts.filter(({ phase }) => phase === 'done').length
  const changed = sum('changed')
  const failed = hosts.filter(({ phase }) => phase === 'failed').length
  return [
    { text: `${state.mode} ${state.playbook}`, tone: 'heading' },
    { text: `: ${done} of ${count(hosts.length, 'host')} done` },
    { text: changed > 0 ? `, ${changed} ${state.mode === 'plan' ? 'would change' : 'changed'}` : '', tone: 'changed' },
    { text: failed > 0 ? `, ${count(failed, 'host')} failed` : '', tone: 'failed' },
    { text: `  ${formatElapsed(nowMs - state.startedMs)}`, tone: 'quiet' },
  ]
}

/** Injections: what is done to a run, and when; planned from a seed, so that each can be repeated. */

import type { Disk } from './namespace-host.ts'
import { type Random, randomFrom } from './random.ts'
import type { Counts, Moment } from './wire.ts'

/** What is done. */
export type Fault =
  /** The connection ends; `hangUp` says whether its processes get SIGHUP. */
  | { readonly kind: 'cut'; readonly hangUp: boolean }
  /** No byte passes any more, and the host never learns of it. */
  | { readonly kind: 'freeze' }
  /** The connection ends, and the next ones are refused; `Infinity` is for good. */
  | { readonly kind: 'refuse'; readonly connections: number }
  /** The controller is gone, as by SIGKILL or without power. */
  | { readonly kind: 'kill-controller' }
  /** The same, but nothing ends the connection: the host goes on waiting until its sshd gives up. */
  | { readonly kind: 'lose-controller' }
  /** The shells on the host are killed; `tree` says whether what they have started dies too. */
  | { readonly kind: 'kill-session'; readonly tree: boolean }
  | { readonly kind: 'kill-sshd' }
  /** The shells are stopped for a moment. */
  | { readonly kind: 'stop-session'; readonly forMs: number }
  /** The power is cut; the host boots after a while. */
  | { readonly kind: 'power-off'; readonly forMs: number }
  | { readonly kind: 'full-disk'; readonly disk: Disk }
  /** Bytes that nobody asked for come back, and then the connection ends or goes on. */
  | { readonly kind: 'garbage'; readonly bytes: number; readonly cut: boolean }
  /** Many megabytes come back, in lines or in one line. */
  | { readonly kind: 'flood'; readonly megabytes: number; readonly isLine: boolean; readonly cut: boolean }
  /** Ctrl-C, or what ends a process. */
  | { readonly kind: 'interrupt'; readonly signal: 'SIGINT' | 'SIGTERM' }
  /** What answers is not the host’s sshd. */
  | { readonly kind: 'hostile-server'; readonly behaviour: HostileBehaviour }

/** What a server does that is none. */
export type HostileBehaviour = 'silence' | 'garbage' | 'flood' | 'half-a-greeting'

/** How the toolkit reaches the host: shells without SSH, over SSH, or over SSH from a controller of its own. */
export type Via = 'shell' | 'ssh' | 'process'

/** A fault and its moment. */
export interface Injection {
  /** Its place in the plan, which names it together with the seed. */
  readonly index: number
  readonly via: Via
  readonly fault: Fault
  readonly moment: Moment
  /** Whether the next run starts at once, while the host may still be at work for the first one. */
  readonly isImpatient: boolean
}

/** The kinds of faults. */
export type FaultKind = Fault['kind']

type Make = (random: Random) => Fault

const boundaries = ['message', 'section', 'shell'] as const
const streams = ['in', 'out', 'err'] as const

// At each boundary the wire is cut, and one of the others happens.
const cut: Make = (random) => ({ kind: 'cut', hangUp: random.below(2) === 1 })
const others: readonly Make[] = [
  () => ({ kind: 'freeze' }),
  () => ({ kind: 'kill-controller' }),
  (random) => ({ kind: 'kill-session', tree: random.below(2) === 1 }),
  (random) => ({ kind: 'power-off', forMs: 50 + random.below(400) }),
]

// These are drawn for the rest, at boundaries or at any byte.
const anywhere: readonly Make[] = [
  ...others,
  (random) => ({ kind: 'cut', hangUp: random.below(2) === 1 }),
  (random) => ({ kind: 'cut', hangUp: random.below(2) === 1 }),
  () => ({ kind: 'freeze' }),
  () => ({ kind: 'kill-controller' }),
  () => ({ kind: 'kill-sshd' }),
  () => ({ kind: 'lose-controller' }),
  (random) => ({ kind: 'refuse', connections: random.pick([1, 2, Number.POSITIVE_INFINITY]) }),
  (random) => ({ kind: 'stop-session', forMs: 200 + random.below(1000) }),
  (random) => ({ kind: 'full-disk', disk: random.pick(['root', 'run', 'tmp'] as const) }),
  (random) => ({ kind: 'garbage', bytes: 1 + random.below(5000), cut: random.below(2) === 1 }),
  (random) => ({ kind: 'flood', megabytes: 1 + random.below(30), isLine: random.below(2) === 1, cut: false }),
]

// Over SSH, where bytes are encrypted: at any of them, in either direction.
const overSsh: readonly Make[] = [
  () => ({ kind: 'cut', hangUp: false }),
  () => ({ kind: 'cut', hangUp: false }),
  () => ({ kind: 'freeze' }),
  () => ({ kind: 'freeze' }),
  (random) => ({ kind: 'refuse', connections: random.pick([1, 2, Number.POSITIVE_INFINITY]) }),
  (random) => ({ kind: 'kill-session', tree: random.below(2) === 1 }),
  () => ({ kind: 'kill-sshd' }),
  (random) => ({ kind: 'power-off', forMs: 50 + random.below(400) }),
  (random) => ({ kind: 'garbage', bytes: 1 + random.below(5000), cut: random.below(2) === 1 }),
  (random) => ({ kind: 'stop-session', forMs: 200 + random.below(1000) }),
  (random) => ({
    kind: 'hostile-server',
    behaviour: random.pick(['silence', 'garbage', 'flood', 'half-a-greeting'] as const),
  }),
]
const inProcess: readonly Make[] = [
  () => ({ kind: 'kill-controller' }),
  () => ({ kind: 'lose-controller' }),
  (random) => ({ kind: 'interrupt', signal: random.pick(['SIGINT', 'SIGTERM'] as const) }),
]

/**
 * The injections of `seed`. `counts` are those of runs without a fault. Of ten, two go over SSH, one of them from a
 * controller of its own in one case of four. The others are cuts and other faults at all boundaries, in an order that
 * the seed shuffles, and then as many at random as are wanted.
 */
export function planInjections(seed: number, count: number, counts: Readonly<Record<'shell' | 'ssh', Counts>>) {
  const random = randomFrom(seed, 'boundaries')
  const moments = boundaries.flatMap((after) =>
    Array.from({ length: counts.shell[after] }, (_, index): Moment => ({ after, count: index + 1 })),
  )
  const systematic = moments.flatMap((moment) =>
    [cut, random.pick(others)].map((make) => ({ moment, fault: make(random) })),
  )
  shuffle(systematic, random)
  return Array.from({ length: count }, (_, index): Injection => {
    const own = randomFrom(seed, `injection ${index}`)
    const isOverSsh = index % 5 === 4
    const planned = isOverSsh ? drawnOverSsh(own, counts.ssh) : systematic[index - Math.floor(index / 5)]
    const { fault, moment, via } = { via: 'shell' as const, ...(planned ?? drawn(own, counts.shell)) }
    return {
      index,
      via,
      fault: withCut(fault, moment),
      moment,
      isImpatient: endsController(fault) && own.below(2) === 1,
    }
  })
}

// Noise between two messages is left out. In the middle of an answer it spoils that, and only a lost connection helps.
function withCut(fault: Fault, { after }: Moment): Fault {
  const isNoise = fault.kind === 'garbage' || fault.kind === 'flood'
  return isNoise && after !== 'section' ? { ...fault, cut: true } : fault
}

function endsController({ kind }: Fault): boolean {
  return kind === 'kill-controller' || kind === 'lose-controller' || kind === 'interrupt'
}

function drawn(random: Random, counts: Counts) {
  const after = random.below(4) === 0 ? random.pick(boundaries) : random.pick(streams)
  return { moment: { after, count: 1 + random.below(counts[after]) }, fault: random.pick(anywhere)(random) }
}

function drawnOverSsh(random: Random, counts: Counts) {
  const via: Via = random.below(4) === 0 ? 'process' : 'ssh'
  const fault = random.pick(via === 'process' ? inProcess : overSsh)(random)
  const after = random.pick(['in', 'out'] as const)
  if (fault.kind === 'hostile-server') return { via, fault, moment: { after: 'connection', count: 1 } as const }
  return { via, fault, moment: { after, count: 1 + random.below(counts[after]) } }
}

function shuffle<T>(items: T[], random: Random): void {
  for (let end = items.length - 1; end > 0; end--) {
    const other = random.below(end + 1)
    const [one, two] = [items[end] as T, items[other] as T]
    items[end] = two
    items[other] = one
  }
}

/** An injection in a line. */
export function describeInjection({ index, via, fault, moment, isImpatient }: Injection): string {
  const { kind, ...details } = fault
  const words = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  return `#${index} ${via}: ${[kind, ...words].join(' ')} after ${moment.after} ${moment.count}${isImpatient ? ', next run at once' : ''}`
}

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

/** A fault and its moment. */
export interface Injection {
  /** Its place in the plan, which names it together with the seed. */
  readonly index: number
  readonly fault: Fault
  readonly moment: Moment
}

/** The kinds of faults. */
export type FaultKind = Fault['kind']

const boundaries = ['message', 'section', 'shell'] as const
const streams = ['in', 'out', 'err'] as const

// At each boundary each of these happens once.
const atBoundaries: readonly ((random: Random) => Fault)[] = [
  (random) => ({ kind: 'cut', hangUp: random.below(2) === 1 }),
  () => ({ kind: 'freeze' }),
  () => ({ kind: 'kill-controller' }),
  (random) => ({ kind: 'kill-session', tree: random.below(2) === 1 }),
  (random) => ({ kind: 'power-off', forMs: 50 + random.below(400) }),
]

// These are drawn for the rest, at boundaries or at any byte.
const anywhere: readonly ((random: Random) => Fault)[] = [
  ...atBoundaries,
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
]

/**
 * The injections of `seed`. `counts` are those of a run without a fault. All faults at all boundaries come first, in an
 * order that the seed shuffles, and then as many at random as are wanted.
 */
export function planInjections(seed: number, count: number, counts: Counts): Injection[] {
  const random = randomFrom(seed, 'boundaries')
  const moments = boundaries.flatMap((after) =>
    Array.from({ length: counts[after] }, (_, index): Moment => ({ after, count: index + 1 })),
  )
  const systematic = moments.flatMap((moment) => atBoundaries.map((make) => ({ moment, fault: make(random) })))
  shuffle(systematic, random)
  const drawn = Array.from({ length: Math.max(0, count - systematic.length) }, (_, index) => {
    const own = randomFrom(seed, `drawn ${index}`)
    const after = own.below(4) === 0 ? own.pick(boundaries) : own.pick(streams)
    return { moment: { after, count: 1 + own.below(counts[after]) }, fault: own.pick(anywhere)(own) }
  })
  return [...systematic, ...drawn].slice(0, count).map((planned, index) => ({ index, ...planned }))
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
export function describeInjection({ index, fault, moment }: Injection): string {
  const { kind, ...details } = fault
  const words = Object.entries(details).map(([name, value]) => `${name}=${value}`)
  return `#${index} ${[kind, ...words].join(' ')} after ${moment.after} ${moment.count}`
}

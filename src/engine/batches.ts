/** Batches of rolling plays: which hosts go together, and when failures end the roll. */

import type { BatchSize, Play } from '../model/playbook.ts'

type Rolling = Pick<Play, 'serial' | 'maxFailPercent' | 'order'>

/** The hosts in the order that the play asks for. `random` gives numbers from 0 to 1. */
export function orderedHosts(names: readonly string[], order: Play['order'], random: () => number): string[] {
  switch (order) {
    case 'reverse':
      return [...names].reverse()
    case 'name':
      return [...names].sort()
    case 'reverse-name':
      return [...names].sort().reverse()
    case 'shuffle':
      return names
        .map((name) => ({ name, rank: random() }))
        .sort((left, right) => left.rank - right.rank)
        .map(({ name }) => name)
    default:
      return [...names]
  }
}

/** The hosts in batches; one batch where the play does not roll. A percentage is of all hosts and at least one. */
export function batchesOf(names: readonly string[], serial: Rolling['serial']): string[][] {
  if (serial === undefined) return names.length === 0 ? [] : [[...names]]
  const sizes = (typeof serial === 'object' ? serial : [serial]).map((size) => sizeOf(size, names.length))
  const batches: string[][] = []
  for (let start = 0; start < names.length; ) {
    const size = sizes[Math.min(batches.length, sizes.length - 1)] ?? names.length
    batches.push(names.slice(start, start + size))
    start += size
  }
  return batches
}

/** Whether so many failures in a batch end the run for all. */
export function isTooMany(failed: number, size: number, { serial, maxFailPercent }: Rolling): boolean {
  const allowed = maxFailPercent ?? (serial === undefined ? 100 : 0)
  return failed > 0 && (failed / size) * 100 > allowed
}

function sizeOf(size: BatchSize, all: number): number {
  const count = typeof size === 'number' ? size : Math.floor((all * Number.parseFloat(size)) / 100)
  return Math.max(1, Math.floor(count))
}

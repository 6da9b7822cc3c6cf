/** Measuring whole processes: wall time and peak memory, several runs, medians. */

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** One run of a process. */
export interface Measured {
  readonly wallMs: number
  /** Largest resident size that was seen, in bytes. */
  readonly peakBytes: number
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `command` to its end. */
export async function measure([program = '', ...words]: readonly string[]): Promise<Measured> {
  const started = performance.now()
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      output[stream] += chunk
    })
  }
  let peakBytes = 0
  // The kernel keeps the high-water mark, so looking now and then is enough.
  const watch = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid))
  }, 10)
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearInterval(watch)
  return { wallMs: performance.now() - started, peakBytes, status, ...output }
}

/** Runs two commands in turn, A B A B, after one warm-up of each. */
export async function measurePairs(runs: number, first: readonly string[], second: readonly string[]) {
  await measure(first)
  await measure(second)
  const rows: { first: Measured; second: Measured }[] = []
  for (let run = 0; run < runs; run++) rows.push({ first: await measure(first), second: await measure(second) })
  return rows
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length / 2
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1
    ? Number(sorted[Math.floor(middle)])
    : (Number(sorted[middle - 1]) + Number(sorted[middle])) / 2
}

function peakOf(pid: number | undefined): number {
  try {
    const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Clients in the network of a lab: one that asks once, and a load that asks all the time. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { labPaths } from '../../src/lab/index.ts'

const execute = promisify(execFile)
const script = fileURLToPath(new URL('load.ts', import.meta.url))

/** What a load saw. */
export interface Load {
  /** How many answers there were of which status from whom (the header X-Served-By, else the first word), or what went wrong. */
  readonly answers: Readonly<Record<string, number>>
  /** The longest time without a good answer to any. */
  readonly longestGapMs: number
  /** How long the slowest took, well or not. */
  readonly slowestMs: number
  /** How many were not answered with 200. */
  readonly failures: number
  readonly total: number
}

/** What curl prints, asked in the network of a lab; of a failure its reason. */
export async function curl(lab: string, ...args: readonly string[]): Promise<string> {
  const all = [`--net=${labPaths(lab).networkFile}`, '--', 'curl', '-sS', '-m', '5', ...args]
  const { stdout } = await execute('nsenter', all).catch((error: { stdout: string; stderr: string }) => ({
    stdout: error.stdout + error.stderr,
  }))
  return stdout
}

/** Requests from the network of a lab, from the first that is well until what is returned is called: how they went. */
export async function startLoad(
  lab: string,
  url: string,
  { patienceMs = 3000, paceMs = 5 } = {},
): Promise<() => Promise<Load>> {
  const args = [
    `--net=${labPaths(lab).networkFile}`,
    '--',
    process.execPath,
    script,
    url,
    ...['4', `${paceMs}`, `${patienceMs}`],
  ]
  const child = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const printed = text(child.stdout)
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    const { answers, ...times } = JSON.parse(await printed) as Pick<Load, 'answers' | 'longestGapMs' | 'slowestMs'>
    const entries = Object.entries(answers)
    const sum = (some: typeof entries) => some.reduce((total, [, count]) => total + count, 0)
    const failures = sum(entries.filter(([outcome]) => !outcome.startsWith('200 ')))
    return { answers, ...times, failures, total: sum(entries) }
  }
}

/** Looks until `isSo`, at most `withinMs`; fails with what was seen last. */
export async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean, withinMs = 15_000): Promise<T> {
  for (const end = performance.now() + withinMs; ; ) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms, and saw ${JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

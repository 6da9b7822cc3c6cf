/** Waiting for what a started process does, by looking at what the kernel says of it. */

import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { FoobarDeployError } from '../errors.ts'
import { logTail } from './process.ts'

const intervalMs = 10

/** Waits until `condition` holds; throws what is known of `what` when it does not within the timeout. */
export async function until(
  what: string,
  timeoutMs: number,
  log: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadlineMs) {
      throw new FoobarDeployError('environment', 'lab-start-failed', 'A part of the lab does not start', {
        detail: `${what}, after ${timeoutMs / 1000} s: ${logTail(log)}`,
        hint: `Its output is in ${log}.`,
      })
    }
    await delay(intervalMs)
  }
}

/** Whether anything listens on a TCP port, in the text of `/proc/PID/net/tcp` or `tcp6`. */
export function hasListener(table: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').some((line) => {
    const [, local, , state] = line.trim().split(/\s+/)
    return local?.endsWith(suffix) === true && state === '0A'
  })
}

/** Whether anything listens on a TCP port in the network namespace of a process. */
export async function isListening(pid: number | undefined, port: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')),
  )
  return tables.some((table) => hasListener(table, port))
}

/** Ctrl-C three times, and SIGTERM: what a run hears and what the process does, in a process of its own. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const program = `
import { listenToSignals } from '${fileURLToPath(new URL('../../src/cli/signals.ts', import.meta.url))}'
const say = (text) => process.stdout.write(text + '\\n')
const { stop, kill } = listenToSignals((text) => say('told ' + text.split(/[ :]/)[0]), GRACE_MS)
stop.addEventListener('abort', () => say('stop'))
kill.addEventListener('abort', () => say('kill'))
setTimeout(() => process.exit(99), 20000)
setInterval(() => {}, 1000)
say('ready')
`

/** Sends each signal once its line was written; lines that come together are read one by one. */
async function send(
  graceMs: number,
  steps: readonly (readonly [after: string, signal: NodeJS.Signals])[],
): Promise<{ lines: string[]; code: number | null }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program.replace('GRACE_MS', String(graceMs))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.on('close', resolve)
  const lines: string[] = []
  const waiting = [...steps]
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    if (line === waiting[0]?.[0]) child.kill(waiting.shift()?.[1])
  }
  return { code: await promise, lines }
}

test('the first Ctrl-C stops, the second kills, the third ends the process', async () => {
  const { lines, code } = await send(60_000, [
    ['ready', 'SIGINT'],
    ['stop', 'SIGINT'],
    ['kill', 'SIGINT'],
  ])
  expect(lines).toEqual(['ready', 'told Stopping', 'stop', 'told Stopping', 'kill'])
  expect(code).toBe(130)
})

test('SIGTERM stops and kills at once', async () => {
  const { lines } = await send(60_000, [
    ['ready', 'SIGTERM'],
    ['kill', 'SIGKILL'],
  ])
  expect(lines).toEqual(['ready', 'told Asked', 'stop', 'kill'])
})

test('what does not end after SIGTERM is ended', async () => {
  const { lines, code } = await send(200, [['ready', 'SIGTERM']])
  expect(lines).toEqual(['ready', 'told Asked', 'stop', 'kill'])
  expect(code).toBe(130)
})

test('what does not end after the second Ctrl-C is ended', async () => {
  const { code } = await send(200, [
    ['ready', 'SIGINT'],
    ['stop', 'SIGINT'],
  ])
  expect(code).toBe(130)
})

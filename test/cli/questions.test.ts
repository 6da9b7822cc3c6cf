/** Questions on a terminal: what is shown, what counts as an answer, and Ctrl-C; on a pseudo-terminal of their own. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { heldWhileAsking, onTerminal } from '../../src/cli/on-terminal.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { folderWith, plain } from './command.ts'

const program = (body: string) => `
import { answersFor } from '${fileURLToPath(new URL('../../src/cli/questions.ts', import.meta.url))}'
const stop = new AbortController()
process.on('SIGINT', () => stop.abort())
const say = (text) => process.stdout.write(text + '\\n')
const around = { suspend: () => say('(suspended)'), resume: () => say('(resumed)') }
const on = (options) => answersFor({ step: false, yes: false, ...options }, around, stop.signal)
const task = { index: 0, title: 'file /etc/motd', type: 'file', play: 'Web', role: 'base' }
const changes = [{ key: 'mode', from: '0600', to: '0644' }]
${body}
`

/** Runs the program on a terminal; types each answer when its question has come. */
async function onPty(body: string, typed: readonly (readonly [after: string, keys: string])[]): Promise<string> {
  const folder = await folderWith({ 'program.mjs': program(body) })
  const command = `${process.execPath} ${join(folder, 'program.mjs')}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const waiting = [...typed]
  let shown = ''
  let unread = ''
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk
    unread += chunk
    const [after, keys] = waiting[0] ?? []
    if (after === undefined || !unread.includes(after)) return
    waiting.shift()
    unread = ''
    child.stdin.write(keys ?? '')
  })
  await new Promise((resolve) => child.on('close', resolve))
  expect(waiting).toEqual([])
  return plain(shown).replaceAll('\r', '')
}

test('a change is shown and asked for, until the answer is one; the report is out of the way', async () => {
  const shown = await onPty("say('answer ' + await on({ step: true }).askChange('web1', task, changes))", [
    ['rest: ', 'maybe\n'],
    ['all: ', 'A\n'],
  ])
  expect(shown).toBe(`(suspended)
web1: base: file /etc/motd
  mode: 0600 -> 0644
Do it? [y]es, [n]o, [a]ll the rest: maybe
(resumed)
(suspended)
Please answer y, yes, n, no, a, all: A
(resumed)
answer all
`)
})

test.each([
  ['yes\n', 'true'],
  ['\n', 'false'],
  ['N\n', 'false'],
])('a question that is answered with %j is %s', async (keys, answer) => {
  const shown = await onPty("say('answer ' + await on({}).confirm('Go on?'))", [['Go on? [y/N] ', keys]])
  expect(shown).toContain(`answer ${answer}\n`)
})

test.each([
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
])('%s at a question interrupts', async (_name, keys) => {
  const body = "on({}).confirm('Go on?').catch((error) => say(error.family + ' ' + error.code))"
  expect(await onPty(body, [['[y/N] ', keys]])).toContain('interrupted prompt-interrupted\n')
})

test('--yes asks nothing', async () => {
  expect(await onPty("say('answer ' + await on({ yes: true }).confirm('Go on?'))", [])).toBe('answer true\n')
})

test('without a terminal a question is an error that names it', async () => {
  const folder = await folderWith({
    'program.mjs': program(
      "on({}).confirm('Go on?').catch((error) => say(error.code + ': ' + error.detail + error.hint))",
    ),
  })
  const child = spawn(process.execPath, [join(folder, 'program.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let shown = ''
  child.stdout.on('data', (chunk) => (shown += chunk))
  await new Promise((resolve) => child.on('close', resolve))
  expect(shown).toMatch(/^unanswered: Go on\?.*--yes\.\n$/)
})

test('one question is asked after the other, and what happens meanwhile is told afterwards', async () => {
  const told: string[] = []
  const reporter = heldWhileAsking({
    emit: (event) => told.push(event.type === 'notice' ? event.text : event.type),
    suspend: () => told.push('suspend'),
    resume: () => told.push('resume'),
    close: async () => void told.push('close'),
  })
  const notice = (text: string): RunEvent => ({ type: 'notice', text })
  const ask = (name: string) =>
    onTerminal(reporter, async () => {
      told.push(name)
      reporter.emit(notice(`during ${name}`))
      if (name === 'first') throw new Error('no answer')
    })
  const first = ask('first').catch(() => told.push('rejected'))
  await Promise.all([first, ask('second')])
  reporter.emit(notice('after'))
  await reporter.close()
  expect(told.filter((line) => line !== 'rejected')).toEqual([
    ...['suspend', 'first', 'resume', 'during first'],
    ...['suspend', 'second', 'resume', 'during second', 'after', 'close'],
  ])
})

/** The live reporter: its pictures as text, what it writes to a terminal, and runs too short for a picture. */

import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { liveReporter } from '../../src/report/live.ts'
import { cutLine, liveFrame } from '../../src/report/live-frame.ts'
import { emptyLiveState, type LivePhase, updateLiveState } from '../../src/report/live-state.ts'
import { makePaint } from '../../src/report/paint.ts'
import { makeScreen } from '../../src/report/screen.ts'
import { applyEvents, packages, recap, reference } from './recorded-events.ts'

const icons: Record<LivePhase, string> = { connecting: '~', waiting: '>', working: '*', done: '+', failed: 'x' }
const paint = makePaint(false)

function frame(events: readonly RunEvent[], columns: number, rows: number, nowMs = 0): string[] {
  const state = emptyLiveState()
  for (const event of events) updateLiveState(state, event, 0)
  return liveFrame(state, { columns, rows, nowMs, icon: (phase) => icons[phase] }, paint)
}

function started(amount: number): RunEvent {
  const hosts = Array.from({ length: amount }, (_, index) => `web${index + 1}`)
  return { type: 'run-started', mode: 'apply', runId: 'a', playbook: 'site', hosts }
}

test('shows each host with its task, its counts and the last line of a long command', () => {
  const upTo = applyEvents.findIndex(({ type }) => type === 'task-output') + 1
  expect(frame(applyEvents.slice(0, upTo), 80, 24, 4200)).toEqual([
    '* web1       0/3  4.2 s  nginx: apt nginx',
    '    Setting up nginx (1.26)',
    '> web2       0/3  ',
    'x balancer1  failed',
    'apply site: 0 of 3 hosts done, 1 host failed  4 s',
  ])
})

test('counts what has changed', () => {
  const upTo = applyEvents.findIndex(({ type }) => type === 'host-reconnected')
  expect(frame(applyEvents.slice(0, upTo), 80, 24).slice(0, 2)).toEqual([
    '> web1       2/3  2 changed  ',
    'x web2       2/3  1 failed  failed',
  ])
})

test('fifty hosts are collapsed to what fits, those at work first', () => {
  const events: RunEvent[] = [started(50)]
  for (let index = 1; index <= 50; index++) {
    const host = `web${index}`
    events.push({ type: 'host-connected', host, durationMs: 1 }, { type: 'host-ready', host, tasks: 9 })
    if (index > 45) events.push({ type: 'task-started', host, task: packages })
  }
  const lines = frame(events, 80, 24)
  expect(lines).toHaveLength(21)
  expect(lines.filter((line) => line.startsWith('*')).map((line) => line.split(/ +/)[1])).toEqual([
    'web46',
    'web47',
    'web48',
    'web49',
    'web50',
  ])
  expect(lines.at(-2)).toBe('  and 31 more hosts: 31 waiting')
  expect(frame(events, 80, 8)).toHaveLength(6)
})

test('no line is as wide as the terminal', () => {
  const events: RunEvent[] = [
    started(1),
    { type: 'task-started', host: 'web1', task: reference(0, `file /${'long/'.repeat(40)}`) },
    { type: 'task-output', host: 'web1', task: packages, text: 'x'.repeat(300) },
  ]
  for (const columns of [20, 80, 200]) {
    for (const line of frame(events, columns, 24, 5000)) expect([...line].length).toBeLessThan(columns)
  }
})

test('segments are cut before they are coloured', () => {
  const segments = [{ text: 'abc', tone: 'ok' as const }, { text: 'defgh' }]
  expect(cutLine(segments, 8, makePaint(true))).toBe('\x1b[32mabc\x1b[39mdefgh')
  expect(cutLine(segments, 5, makePaint(true))).toBe('\x1b[32mabc\x1b[39md…')
  expect(cutLine(segments, 3, makePaint(true))).toBe('\x1b[32mabc\x1b[39m')
})

test('a screen erases as many rows as its lines take now, and prints above', () => {
  const written: string[] = []
  const output = { columns: 80, rows: 24, write: (text: string) => written.push(text) }
  const screen = makeScreen(output)
  screen.draw(['a'.repeat(60), 'b'])
  screen.draw(['a'.repeat(60), 'b'])
  expect(written).toHaveLength(1)
  output.columns = 40
  screen.print('kept\n')
  expect(written[1]).toContain('\x1b[3A\r\x1b[J')
  expect(written[1]?.indexOf('kept')).toBeLessThan(written[1]?.indexOf('aaa') ?? -1)
  screen.close()
  expect(written[2]).toBe('\x1b[3A\r\x1b[J\x1b[?25h')
})

function terminal() {
  let text = ''
  const output = { columns: 80, rows: 24, write: (part: string) => (text += part) }
  return { output, written: () => text }
}

const style = { paint, verbose: false, diff: false, workingDirectory: '/project' }

test('a short run is told like a plain one', async () => {
  const { output, written } = terminal()
  const reporter = liveReporter(output, style)
  for (const event of applyEvents) reporter.emit(event)
  await reporter.close()
  expect(written()).toContain('web1      | changed  nginx: apt nginx (4.2 s)\n')
  expect(written()).not.toContain('hosts done')
  expect(written().endsWith('\x1b[?25h')).toBe(true)
})

test('a longer run is drawn by listr2 and leaves the recap', async () => {
  const { output, written } = terminal()
  const reporter = liveReporter(output, style)
  reporter.emit(started(2))
  await expect
    .poll(() => stripVTControlCharacters(written()))
    .toMatch(/\S web1 {2}connecting\n\S web2 {2}connecting\napply site: 0 of 2/)
  reporter.suspend()
  const held = written()
  await sleep(250)
  expect(written()).toBe(held)
  reporter.resume()
  reporter.emit({ type: 'notice', text: 'kept above' })
  const counts = { web1: recap({ ok: 3 }), web2: recap({ ok: 3 }) }
  reporter.emit({ type: 'run-finished', mode: 'apply', exitCode: 0, durationMs: 1, interrupted: false, recap: counts })
  await reporter.close()
  const after = written().slice(written().indexOf('kept above'))
  expect(after).toContain('apply: nothing changed in 1 ms')
  expect(after).not.toContain('hosts done')
})

/** The plain reporter, the recap and the timings, compared with golden files. */

import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import { makePaint } from '../../src/report/paint.ts'
import { plainReporter } from '../../src/report/plain.ts'
import type { ReportStyle } from '../../src/report/task-lines.ts'
import { timingLines } from '../../src/report/timings.ts'
import { applyEvents, planEvents, recap } from './recorded-events.ts'

function report(events: readonly RunEvent[], style: Partial<ReportStyle>, colour = false): string {
  let text = ''
  const defaults = { paint: makePaint(colour), verbose: false, diff: false, workingDirectory: '/project' }
  events.forEach(plainReporter((part) => (text += part), { ...defaults, ...style }))
  return text
}

test.each([
  { name: 'apply', events: applyEvents, style: {} },
  { name: 'apply-diff', events: applyEvents, style: { diff: true } },
  { name: 'apply-verbose', events: applyEvents, style: { verbose: true } },
  { name: 'plan', events: planEvents, style: {} },
])('$name', async ({ name, events, style }) => {
  await expect(report(events, style)).toMatchFileSnapshot(`golden/${name}.txt`)
})

test('colour is the only difference that colour makes', async () => {
  const coloured = report(applyEvents, { diff: true }, true)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the colours
  expect(coloured.replaceAll(/\x1b\[\d+m/g, '')).toBe(report(applyEvents, { diff: true }))
  expect(coloured).toContain('\x1b[32m  +worker_processes 4;\x1b[39m'.replace('  ', ''))
})

test('a host cannot command the terminal', () => {
  const text = 'safe\x1b]0;title\x07\x1b[2J\x08\x9b31mend'
  const [started] = applyEvents
  const notice: RunEvent = { type: 'notice', host: 'web1', text }
  expect(report([started as RunEvent, notice], {})).toMatch(/^apply.*\nweb1 {6}\| safe\S*end\n$/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not come through
  expect(report([notice], {})).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
})

test('a run in which nothing was to do says so', () => {
  const event: RunEvent = {
    type: 'run-finished',
    mode: 'apply',
    exitCode: 0,
    durationMs: 312,
    interrupted: false,
    recap: { web1: recap({ ok: 59 }) },
  }
  expect(report([event], {})).toContain('apply: nothing changed in 312 ms')
  expect(report([{ ...event, mode: 'plan' }], {})).toContain('plan: nothing to change in 312 ms')
  expect(report([{ ...event, interrupted: true }], {})).toContain('apply: nothing changed, interrupted in')
})

const broken = (family: 'task' | 'unreachable' | 'definition') => new FoobarDeployError(family, 'broken', 'It broke')

test.each([
  ['a task is unknown', recap({ ok: 1, unknown: 2 }), 'plan: 2 unknown until applied in 1 ms'],
  ['a task failed', { ...recap({ ok: 1, failed: 1 }), error: broken('task') }, 'plan: 1 failed in 1 ms'],
  ['a host is out of reach', { ...recap({}), error: broken('unreachable') }, 'plan: 1 host unreachable in 1 ms'],
  ['a host failed without a task', { ...recap({ ok: 1 }), error: broken('definition') }, 'plan: 1 host failed in 1 ms'],
])('a plan does not say that nothing is to change where %s', (_where, web1, line) => {
  const finished = { type: 'run-finished', exitCode: 2, durationMs: 1, interrupted: false, recap: { web1 } } as const
  expect(
    report([{ ...finished, mode: 'plan' }], {})
      .trimEnd()
      .split('\n')
      .at(-1),
  ).toBe(line)
  expect(report([{ ...finished, mode: 'apply' }], {})).not.toContain('nothing changed')
})

test('a run that reached no host says so', () => {
  const lost = { ...recap({ unreachable: 1 }), error: broken('unreachable'), roundTrips: 0 }
  const summaryOf = (hosts: object) =>
    report(
      [{ type: 'run-finished', mode: 'plan', exitCode: 4, durationMs: 1, interrupted: false, recap: hosts as never }],
      {},
    )
      .trimEnd()
      .split('\n')
      .at(-1)
  expect(summaryOf({ web1: lost, web2: lost })).toBe('plan: no host was reached in 1 ms')
  expect(summaryOf({ web1: lost, web2: recap({ ok: 5 }) })).toBe('plan: 1 host unreachable in 1 ms')
  // It was reached, and lost later.
  expect(summaryOf({ web1: lost, web2: { ...lost, roundTrips: 3 } })).toBe('plan: 2 hosts unreachable in 1 ms')
})

test('lists of many titles are cut, and say so', () => {
  const titles = Array.from({ length: 14 }, (_, index) => `file /etc/${index}`)
  const event: RunEvent = {
    type: 'run-finished',
    mode: 'apply',
    exitCode: 2,
    durationMs: 1,
    interrupted: false,
    recap: { web1: recap({ failed: 1 }, { notReached: titles }) },
  }
  expect(report([event], {})).toContain('  web1: file /etc/9\n  web1: and 4 more\n')
})

test('timings tell where the time went', () => {
  const finished = applyEvents.at(-1) as Extract<RunEvent, { type: 'run-finished' }>
  const lines = timingLines(finished, [{ name: 'command line', durationMs: 90.4 }], makePaint(false))
  expect(lines.slice(0, 4)).toEqual([
    '',
    'timings: command line 90 ms, run 5.3 s',
    'host       connect  first round trip  reads  applies     sent  received',
    'web1         48 ms             60 ms  90 ms   112 ms  14.1 kB    2.3 MB',
  ])
})

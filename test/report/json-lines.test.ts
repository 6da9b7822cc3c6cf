/** The JSON reporter: every line fits the schema, errors are whole, and the schema is printable. */

import { expect, test } from 'vitest'
import { errorLine, jsonLinesReporter } from '../../src/report/json-lines.ts'
import { jsonLineSchema, jsonSchema } from '../../src/report/json-schema.ts'
import { applyEvents, planEvents, taskFailed } from './recorded-events.ts'

const now = () => Date.UTC(2026, 0, 2, 3, 4, 5, 6)

function linesOf(events: typeof applyEvents): string[] {
  const lines: string[] = []
  events.forEach(jsonLinesReporter((line) => lines.push(line), now))
  return lines
}

test.each([...applyEvents, ...planEvents].map((event, index) => ({ event, name: `${index} ${event.type}` })))(
  'event $name fits the schema',
  ({ event }) => {
    const [line = ''] = linesOf([event])
    expect(line.indexOf('\n')).toBe(line.length - 1)
    const parsed = jsonLineSchema.parse(JSON.parse(line))
    expect(parsed).toMatchObject({ schemaVersion: 1, time: '2026-01-02T03:04:05.006Z', type: event.type })
  },
)

test('the recorded events are of every type', () => {
  const types = new Set([...applyEvents, ...planEvents].map(({ type }) => type))
  expect([...types].sort()).toEqual([
    'host-connected',
    'host-failed',
    'host-ready',
    'host-reconnected',
    'notice',
    'play-started',
    'run-finished',
    'run-started',
    'task-finished',
    'task-output',
    'task-started',
  ])
})

test('an error has all that is known of it, and no stack', () => {
  const line = JSON.parse(errorLine(taskFailed, now()))
  expect(jsonLineSchema.parse(line)).toEqual({
    schemaVersion: 1,
    time: '2026-01-02T03:04:05.006Z',
    type: 'error',
    error: {
      code: 'command-failed',
      family: 'task',
      summary: 'A command failed on the host',
      detail: taskFailed.detail,
      hint: taskFailed.hint,
      host: 'web2',
      task: 'template /etc/nginx/nginx.conf',
      at: { file: '/project/roles/nginx/role.ts', line: 12, column: 7 },
    },
  })
})

test('the recap holds errors as data', () => {
  const finished = JSON.parse(linesOf(applyEvents).at(-1) ?? '')
  expect(finished.recap.balancer1.error.code).toBe('connection-refused')
})

test('a line that is not described is refused', () => {
  const line = { schemaVersion: 1, time: '2026-01-02T03:04:05.006Z', type: 'notice', text: 'hello' }
  expect(jsonLineSchema.safeParse(line).success).toBe(true)
  expect(jsonLineSchema.safeParse({ ...line, colour: 'red' }).success).toBe(false)
  expect(jsonLineSchema.safeParse({ ...line, type: 'rumour' }).success).toBe(false)
})

test('the JSON Schema names every type of line and bears new members', () => {
  const schema = jsonSchema() as { oneOf: { properties: { type: { const: string } }; additionalProperties?: false }[] }
  const types = schema.oneOf.map(({ properties }) => properties.type.const)
  expect(types).toEqual(expect.arrayContaining(applyEvents.map(({ type }) => type)))
  expect(schema.oneOf.every(({ additionalProperties }) => additionalProperties === undefined)).toBe(true)
})

/** The schema of the lines of `--output json`, as zod and as JSON Schema. */

import { z } from 'zod'
import { statuses } from '../plan/status.ts'
import { schemaVersion } from './json-lines.ts'

const count = z.int().nonnegative()
const milliseconds = z.number().nonnegative()
const mode = z.enum(['apply', 'plan'])

const location = z
  .strictObject({ file: z.string(), line: z.int().positive().optional(), column: z.int().positive().optional() })
  .describe('A place in a file of the user; lines and columns count from 1')

const error = z
  .strictObject({
    code: z.string().describe('Stable, kebab-case name of the problem'),
    family: z.enum(['usage', 'definition', 'environment', 'task', 'unreachable', 'interrupted']),
    summary: z.string().describe('The same words for every case of the code'),
    detail: z.string().optional(),
    hint: z.string().optional(),
    host: z.string().optional(),
    task: z.string().optional(),
    at: location.optional(),
  })
  .meta({ id: 'Error' })

const task = z
  .strictObject({
    index: count.describe('Position on its host, over all plays'),
    title: z.string(),
    type: z.string().describe('The resource: apt, template'),
    play: z.string(),
    role: z.string().optional(),
    handler: z.string().optional(),
    at: location.optional(),
  })
  .meta({ id: 'Task' })

/** A value that a change is from or to. */
export const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])
const change = z
  .strictObject({
    key: z.string(),
    from: valueSchema.describe('What it was; null where there was nothing'),
    to: valueSchema.describe('What it is to be; null where there is to be nothing'),
    text: z.strictObject({ path: z.string(), to: z.string() }).optional(),
  })
  .meta({ id: 'Change' })

const hostRecap = z
  .strictObject({
    statuses: z.strictObject(Object.fromEntries(statuses.map((status) => [status, count]))),
    roundTrips: count,
    bytesSent: count,
    bytesReceived: count,
    timings: z.strictObject({
      connectMs: milliseconds,
      firstRoundTripMs: milliseconds,
      readMs: milliseconds,
      applyMs: milliseconds,
    }),
    error: error.optional(),
    notReached: z.array(z.string()).describe('Titles of tasks that were not reached'),
    ignored: z.array(z.string()).describe('Titles of tasks that failed and were allowed to'),
    pendingHandlers: z.array(z.string()).describe('Handlers that are pending; the next run executes them'),
  })
  .meta({ id: 'HostRecap' })

const host = z.string().describe('Name of the host in the inventory')
const levelled = z.strictObject({ text: z.string(), level: z.enum(['good', 'warning', 'bad']) })
const moved = z.strictObject({ what: z.string(), before: z.string().optional(), after: z.string().optional() })
const problem = { subject: z.string(), path: z.string(), message: z.string(), at: location.optional() }

/** Members of each type of line, beside those that all have. */
const members = {
  'run-started': { mode, runId: z.string(), playbook: z.string(), hosts: z.array(z.string()) },
  'host-connected': { host, durationMs: milliseconds },
  'host-reconnected': { host, reason: z.string() },
  'host-ready': { host, tasks: count },
  'play-started': {
    play: z.string(),
    hosts: z.array(z.string()),
    batch: z
      .strictObject({ number: z.int().positive(), of: z.int().positive() })
      .optional()
      .describe('Where a play goes batch by batch: which one begins'),
  },
  'task-started': { host, task },
  'task-output': { host, task, text: z.string() },
  'task-finished': {
    host,
    task,
    status: z.enum(statuses),
    changes: z.array(change),
    diffs: z.array(z.string()).describe('Unified diffs, with --diff'),
    reason: z.string().optional().describe('For unknown and skipped: why'),
    error: error.optional(),
    ignored: z.literal(true).optional().describe('The failure was allowed, and the host goes on'),
    durationMs: milliseconds,
  },
  'host-failed': {
    host,
    error,
    goesOn: z.literal(true).optional().describe('The host goes on with the next play'),
  },
  notice: { host: host.optional(), text: z.string() },
  'run-finished': {
    mode,
    exitCode: z.int(),
    durationMs: milliseconds,
    interrupted: z.boolean(),
    recap: z.record(z.string(), hostRecap),
  },
  'plan-written': { file: z.string(), hosts: count, tasks: count },
  error: { error },
  problem: { inventory: z.string(), ...problem },
  'inventory-checked': {
    inventory: z.string(),
    problems: count,
    hosts: count,
    tasks: count,
    secretsToMake: z.array(z.string()).optional(),
  },
  facts: { host, facts: z.record(z.string(), z.unknown()) },
  'command-finished': {
    host,
    status: z.int().optional(),
    signal: z.string().optional(),
    error: error.optional(),
    stdout: z.string(),
    stderr: z.string(),
  },
  listing: {
    playbook: z.string(),
    hosts: z.array(z.strictObject({ name: z.string(), address: z.string(), groups: z.array(z.string()) })).optional(),
    plays: z.array(z.unknown()).optional(),
    vars: z.array(z.unknown()).optional(),
    tags: z.array(z.string()).optional(),
    operations: z.array(z.unknown()).optional(),
    secretsToMake: z.array(z.string()).optional(),
  },
  status: {
    host,
    section: z.string(),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), levelled]))),
  },
  'status-finished': { bad: count, warnings: count, unreachable: z.array(z.string()) },
  'verify-finished': {
    proven: z.boolean(),
    changedAgain: z.array(z.string()),
    moved: z.record(z.string(), z.array(moved)),
    compared: z.record(z.string(), count),
  },
}

const lines = Object.entries(members).map(([type, shape]) =>
  z.strictObject({
    schemaVersion: z.literal(schemaVersion),
    time: z.iso.datetime().describe('When it happened, in UTC'),
    type: z.literal(type),
    ...shape,
  }),
)

/** One line of `--output json`. */
export const jsonLineSchema = z.discriminatedUnion('type', lines as [(typeof lines)[number], ...typeof lines])

/** The same as JSON Schema. */
export function jsonSchema(): object {
  return { title: 'A line of foobar-deploy --output json', ...withoutStrictness(jsonLineSchema) }
}

/** A schema as JSON Schema, for readers, who must bear members that later versions add. */
export function withoutStrictness(schema: z.ZodType): object {
  return z.toJSONSchema(schema, {
    override: ({ jsonSchema: part }) => {
      if (part.additionalProperties === false) delete part.additionalProperties
    },
  })
}

/** The schema of plan files, as zod and as JSON Schema. */

import { z } from 'zod'
import { statuses } from '../plan/status.ts'
import { valueSchema, withoutStrictness } from './json-schema.ts'

/** Raised when a member goes or changes its meaning. A plan is carried out by the version that made it alone. */
export const planFileVersion = 1

/** What a plan file says it is. */
export const planFileKind = 'foobar-deploy plan'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

const task = z
  .strictObject({
    play: z.string(),
    role: z.string().optional(),
    handler: z.string().optional(),
    title: z.string(),
    type: z.string().describe('The resource: apt, template'),
    desired: digest.describe('Keyed digest of what is desired; secrets are in it by their names alone'),
    observed: digest
      .optional()
      .describe('Keyed digest of what was read, or, where the task holds a secret or is an act, of what it would do'),
    status: z.enum(statuses),
    changes: z.array(z.strictObject({ key: z.string(), from: valueSchema, to: valueSchema })),
    reason: z.string().optional().describe('For unknown and skipped: why'),
  })
  .meta({ id: 'PlannedTask' })

/** A plan file. */
export const planFileSchema = z.strictObject({
  kind: z.literal(planFileKind),
  schemaVersion: z.literal(planFileVersion),
  toolkitVersion: z.string().describe('The version of foobar-deploy that made it, the only one that carries it out'),
  made: z.iso.datetime().describe('When it was made, in UTC'),
  inventory: z.string().describe('The inventory file, as seen from the folder of the plan file'),
  limit: z.array(z.string()),
  tags: z.array(z.string()),
  skipTags: z.array(z.string()),
  vars: z.array(z.strictObject({ path: z.string(), text: z.string() })).describe('Variables set with --var'),
  startAt: z.string().optional(),
  operation: z
    .strictObject({ role: z.string(), name: z.string(), args: z.record(z.string(), z.unknown()) })
    .optional()
    .describe('The operation of a role that is planned instead of the playbook'),
  key: digest.describe('The key of the digests, random for each file: HMAC-SHA-256'),
  hosts: z.record(z.string(), z.array(task)).describe('By name of the host, its tasks in their order'),
})

/** A plan file, checked. */
export type PlanFile = z.output<typeof planFileSchema>

/** A plan file as it is written. */
export type WrittenPlan = Frozen<PlanFile>

type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T

/** The same as JSON Schema. */
export function planFileJsonSchema(): object {
  return { title: 'A plan file of foobar-deploy plan --out', ...withoutStrictness(planFileSchema) }
}

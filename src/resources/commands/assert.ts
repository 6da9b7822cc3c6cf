/** The resource `assert`: a condition that must be true when the tasks are built; otherwise the task fails. */

import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { FoobarDeployError, type SourceLocation } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'

const schema = z
  .strictObject({
    /** What must be true. */
    that: z.boolean(),
    /** The error if it is not true: what is wrong, and what to do about it. */
    message: z.string().min(1),
  })
  .transform((given) => ({ ...given, place: 'of this role' }))

/**
 * Something that must be true: of variables, of facts, of other hosts. Where it is false the task fails with the message, in
 * a plan too, and the host goes no further. It asks nothing of the host. For what is wrong with variables whatever the host
 * is like, a refinement of the role's schema is better: it is reported before any connection.
 *
 * @example
 * ```ts
 * import { assert, defineRole } from 'foobar-deploy'
 *
 * export const database = defineRole({
 *   name: 'database',
 *   tasks: ({ host }) => [
 *     assert({ that: host.facts.memoryBytes > 2e9, message: `${host.name} has less than 2 GB of memory` }),
 *   ],
 * })
 * ```
 */
export const assert = defineResource({
  type: 'assert',
  schema,
  prepare: (desired: z.output<typeof schema>, at) => (at ? { ...desired, place: placeOf(at) } : desired),
  // Not the message, which would read as a failure wherever the task is named.
  id: ({ place }) => place,
  read: () => ({}),
  parse: (_answers, { that, message }) => {
    if (!that)
      throw new FoobarDeployError('task', 'assertion-failed', 'An assertion does not hold', { detail: message })
    return { that }
  },
  isPrecondition: true,
  provides: () => [],
  diff: () => [],
  *apply() {},
})

// The end of its path is enough to find it, and the same on every machine.
function placeOf({ file, line }: SourceLocation): string {
  return [join(basename(dirname(file)), basename(file)), line].filter((part) => part !== undefined).join(':')
}

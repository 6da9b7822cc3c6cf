/** The resource `assert`: a condition that must be true when the tasks are built; otherwise the task fails. */

import { z } from 'zod'
import { FoobarDeployError } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'

const schema = z.strictObject({
  /** What must be true. */
  that: z.boolean(),
  /** The error if it is not true: what is wrong, and what to do about it. */
  message: z.string().min(1),
})

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
  id: ({ message }) => message,
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

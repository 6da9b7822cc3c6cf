/** A group of users. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import { compare } from '../../plan/change.ts'
import { sh } from '../../shell/command.ts'
import { accountName, accountNumber } from './account-name.ts'
import { userGroup } from './user-group.query.ts'

const schema = z
  .strictObject({
    /** Its name. */
    name: accountName('group'),
    /** Its number; by default the next free one. */
    gid: accountNumber.optional(),
    /** Whether a new group gets a number from those for the system; default false. */
    system: z.boolean().default(false),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .refine(({ state, gid }) => state === 'present' || gid === undefined, 'An absent group has no gid')

/**
 * A group. Who belongs to it is said of the users: `user({ name, groups })`.
 *
 * @example
 * ```ts
 * import { group } from 'foobar-deploy'
 *
 * group({ name: 'deploy', gid: 4000 })
 * ```
 */
export const group = defineResource({
  type: 'group',
  schema,
  id: ({ name }) => name,
  read: ({ name }) => ({ group: userGroup(name) }),
  parse: ({ group }) => ({ state: group ? 'present' : 'absent', gid: group?.gid }),
  provides: ({ name }) => [`group ${name}`],
  diff: (current, desired) => compare(current, desired, ['state', 'gid']),
  *apply(_changes, { name, gid, system, state }, current): Iterable<Action> {
    if (state === 'absent') yield sh`groupdel -- ${name}`
    else if (current.state === 'present') yield sh`groupmod -g ${gid ?? 0} -- ${name}`
    else yield sh`groupadd ${[...(system ? ['-r'] : []), ...(gid === undefined ? [] : ['-g', gid])]} -- ${name}`
  },
})

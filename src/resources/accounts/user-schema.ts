/** What a `user` task may say. */

import { z } from 'zod'
import { Secret } from '../../shell/secret.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { accountName, accountNumber } from './account-name.ts'

const passwdField = /^[^:\n]*$/
const crypt = /^(\$[^$:\n]+\$[^:\n]+|_?[./0-9A-Za-z]{13,20})$/

const path = absolutePath.refine((given) => passwdField.test(given), 'must not hold a colon')

export const userSchema = z
  .strictObject({
    name: accountName('user'),
    uid: accountNumber.optional(),
    /** Name of the first group; by default one of the user's own name, which is made if it is not there. */
    group: accountName('group').optional(),
    /** Names of further groups. Others that the user is in are left, unless `exactGroups` says otherwise. */
    groups: z.array(accountName('group')).optional(),
    /** Whether `groups` are all further groups; default false. */
    exactGroups: z.boolean().default(false),
    home: path.optional(),
    shell: path.optional(),
    /** The real name, or what the user is for. */
    comment: z.string().regex(passwdField, 'must be one line without a colon').optional(),
    /** Whether a user that is made gets a number of those for the system, and no home; default false. */
    system: z.boolean().default(false),
    /** Whether the home is made where it lacks, and moved where `home` changes; default true, for system users false. */
    createHome: z.boolean().optional(),
    /** A hash as crypt(5) has it: `mkpasswd --method=yescrypt` makes one. */
    password: z
      .instanceof(Secret<string>, { error: 'must be a Secret that holds a hash as crypt(5) has it' })
      .refine(
        (secret) => !secret.hasValue || crypt.test(secret.reveal()),
        'must hold a hash as crypt(5) has it ($y$..., $6$...), not the password',
      )
      .optional(),
    /** Whether logging in with the password is impossible; keys go on working. */
    locked: z.boolean().optional(),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether the home of an absent user goes too; default false. */
    removeHome: z.boolean().default(false),
  })
  .superRefine((given, context) => {
    const refuse = (key: keyof typeof given, message: string) =>
      context.addIssue({ code: 'custom', message, path: [key] })
    if (given.state === 'absent') {
      for (const key of ['uid', 'group', 'groups', 'home', 'shell', 'comment', 'password', 'locked'] as const) {
        if (given[key] !== undefined) refuse(key, 'says nothing of a user that is to be absent')
      }
      if (given.name === 'root') refuse('state', 'root cannot be absent')
    } else if (given.removeHome) {
      refuse('removeHome', "goes with state: 'absent'")
    }
    if (given.exactGroups && !given.groups) refuse('exactGroups', 'needs groups')
  })
  .transform((given) => ({
    ...given,
    groups: given.groups && [...new Set(given.groups)].sort(),
    createHome: given.createHome ?? !given.system,
  }))

/** What a `user` task desires, with defaults filled in. */
export type UserDesired = z.output<typeof userSchema>

/** A set of sudo rules in a file of its own in /etc/sudoers.d, checked by visudo before it takes effect. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { Unavailable } from '../../plan/resource.ts'
import { applyFileState, diffFileState, parseFileState, writesFileState } from '../files/file-state.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { ownFile } from '../files/own-file.ts'
import { accountName } from './account-name.ts'

const word = z.string().regex(/^[^\s,=:()#]+$/, 'must be one word')

const command = z
  .string()
  .regex(
    /^(ALL|!?[A-Z][A-Z0-9_]*|(!\s*)?(\/|sudoedit \/)[^\n\0]*)$/,
    "must be a command with its absolute path and, if it is to be limited to them, its arguments; or 'ALL'",
  )

const rule = z
  .strictObject({
    /** Who may; a user or a group. */
    user: z.union([accountName('user'), z.literal('ALL')]).optional(),
    /** In place of `user`: the members of a group. */
    group: accountName('group').optional(),
    /** On which hosts the rule holds, if one file serves several; default `['ALL']`. */
    hosts: z.array(word).min(1).default(['ALL']),
    /** As whom: `root`, `postgres`, `www-data:www-data`, `ALL:ALL`. */
    runAs: z
      .string()
      .regex(/^[^\s,=()#:]+(:[^\s,=()#:]+)?$/, 'must be user or user:group')
      .default('root'),
    /** `/usr/bin/systemctl restart app`, `ALL`. Without arguments a command may be given any. */
    commands: z.array(command).min(1),
    /** Whether sudo asks for no password; default false. */
    noPassword: z.boolean().default(false),
  })
  .refine(({ user, group }) => (user === undefined) !== (group === undefined), 'Say either user or group')

const schema = z
  .strictObject({
    /** The name of the file. */
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9_-]+$/,
        'must be of letters, digits, _ and - alone: sudo skips files with a dot or ~ in their name',
      ),
    /** The text of the file. */
    content: z.string().min(1).optional(),
    /** In place of `content`: its rules. */
    rules: z.array(rule).min(1).optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ content, rules, state }, context) => {
    const given = [content, rules].filter((one) => one !== undefined).length
    const message =
      state === 'absent' && given > 0
        ? "content and rules mean nothing with state: 'absent'"
        : state === 'present' && given !== 1
          ? 'Say either content or rules'
          : undefined
    if (message) context.addIssue({ code: 'custom', message })
  })
  .transform(({ name, content, rules }) => {
    const text = rules ? `${rules.map(render).join('\n')}\n` : content?.replace(/(?<!\n)$/, '\n')
    return {
      name,
      ...ownFile({ path: `/etc/sudoers.d/${name}`, content: text, mode: '0440', validate: 'visudo -cf %s' }),
    }
  })

/**
 * A file in `/etc/sudoers.d`. It is in force only after visudo has accepted it: a mistake changes nothing, and locks nobody
 * out. Characters that mean something to sudo in the arguments of a command are escaped; `*` is left, and is dangerous.
 *
 * @example
 * ```ts
 * import { sudoers } from 'foobar-deploy'
 *
 * sudoers({ name: 'deploy', rules: [{ user: 'deploy', commands: ['/usr/bin/systemctl restart app'], noPassword: true }] })
 * sudoers({ name: 'admins', content: '%admins ALL=(ALL:ALL) ALL\n' })
 * sudoers({ name: 'old', state: 'absent' })
 * ```
 */
export const sudoers = defineResource({
  type: 'sudoers',
  schema,
  id: ({ name }: z.output<typeof schema>) => name,
  read: ({ path, state }) => ({
    status: fileStatus({ path, checksum: state === 'present', follow: false }),
    visudo: fileStatus({ path: '/usr/sbin/visudo' }),
  }),
  parse: ({ status, visudo }, desired) =>
    desired.state === 'present' && visudo.kind === 'absent'
      ? new Unavailable('sudo is not installed', "Add apt({ packages: ['sudo'] }) before this task.", [
          'path /usr/sbin/visudo',
        ])
      : parseFileState({ status }, desired),
  writes: writesFileState,
  diff: diffFileState,
  apply: applyFileState,
  independent: true,
})

function render({ user, group, hosts, runAs, commands, noPassword }: z.output<typeof rule>): string {
  const who = user ?? `%${group}`
  return `${who} ${hosts.join(', ')} = (${runAs}) ${noPassword ? 'NOPASSWD: ' : ''}${commands.map(escaped).join(', ')}`
}

/** What ends a command or an argument in sudoers. */
function escaped(text: string): string {
  return text.replaceAll(/(?<!\\)[,:=]/g, '\\$&')
}

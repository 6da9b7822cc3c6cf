/** A command that cron runs on a schedule, in a file of its own in /etc/cron.d. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Need } from '../../plan/provision.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { Secret } from '../../shell/secret.ts'
import { type Account, account } from '../accounts/account.query.ts'
import { accountName } from '../accounts/account-name.ts'
import { applyFileState, diffFileState, parseFileState, writesFileState } from '../files/file-state.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { ownFile } from '../files/own-file.ts'
import { cronSchedule } from './cron-schedule.ts'

// cron cuts off what is longer without a word.
const longestCommand = 998

type Value = string | number | Secret

const value = z
  .union([z.string(), z.number(), z.instanceof(Secret<string>)])
  .refine((given) => !/[\n\0]/.test(known(given)), 'must be one line')
  .refine(
    (given) => !/"/.test(known(given)) || !/'/.test(known(given)),
    'cannot hold both kinds of quotes: cron has no way to say it',
  )

const schema = z
  .strictObject({
    /** The name of the file. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/, 'must be of letters, digits, _ and - alone: cron skips files with any other name'),
    /** The user that the command runs as. */
    user: accountName('user').default('root'),
    /** `'0-59/5 * * * *'`, `'@daily'`, or `{ hour: 3, minute: 30 }`. */
    schedule: cronSchedule.optional(),
    /** For `sh`, in one line. */
    command: z
      .string()
      .regex(/^\S[^\n\0]*$/, 'must be one line that begins with the command; put longer things into a script')
      .refine(
        (text) => Buffer.byteLength(escaped(text)) <= longestCommand,
        `is longer than cron takes (${longestCommand} bytes); put it into a script`,
      )
      .optional(),
    /** Variables of the command, and cron's own: `PATH` (by default `/usr/bin:/bin`), `MAILTO`, `SHELL`. */
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), value, {
        error: ({ code }) => (code === 'invalid_key' ? 'is no name of a variable' : undefined),
      })
      .default({}),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ schedule, command, state }, context) => {
    for (const [key, given] of Object.entries({ schedule, command })) {
      if (state === 'present' && given === undefined)
        context.addIssue({ code: 'custom', path: [key], message: 'is missing' })
      if (state === 'absent' && given !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: "means nothing with state: 'absent'" })
      }
    }
  })
  .transform((given) => {
    const content = given.state === 'absent' ? undefined : render(given)
    return { ...ownFile({ path: `/etc/cron.d/${given.name}`, content }), name: given.name, user: given.user }
  })

type Desired = z.output<typeof schema>

interface Asked {
  readonly [name: string]: Query<unknown>
  readonly status: Query<FileStatus>
  readonly account: Query<Account | undefined>
  readonly cron: Query<FileStatus>
  readonly cronie: Query<FileStatus>
  readonly generator: Query<FileStatus>
}

const daemons = [
  '/usr/sbin/cron',
  '/usr/sbin/crond',
  '/usr/lib/systemd/system-generators/systemd-crontab-generator',
] as const

/**
 * A command that cron runs, in a file in `/etc/cron.d`; cron finds it within a minute. The schedule is checked before any
 * host is asked. A `%` in the command is a `%`: what cron would make of it (a line end) is prevented. The host must have
 * cron; where it has none, `systemdTimer` needs nothing.
 *
 * @example
 * ```ts
 * import { cron } from 'foobar-deploy'
 *
 * cron({ name: 'sessions', user: 'www-data', schedule: '*\/10 * * * *', command: '/srv/app/bin/sweep --older 2h' })
 * cron({ name: 'backup', schedule: { hour: 3, minute: 30 }, command: 'tar -czf /srv/$(date +%F).tgz /etc', environment: { MAILTO: '' } })
 * cron({ name: 'old', state: 'absent' })
 * ```
 */
export const cron = defineResource({
  type: 'cron',
  schema,
  id: ({ name }: Desired) => name,
  read: ({ path, user, state }: Desired): Asked => {
    const status = fileStatus({ path, checksum: state === 'present', follow: false })
    if (state === 'absent') return { status } as unknown as Asked
    const [cron, cronie, generator] = daemons.map((at) => fileStatus({ path: at }))
    return { status, account: account(user), cron, cronie, generator } as Asked
  },
  parse: ({ status, account, cron, cronie, generator }, desired: Desired) => {
    if (desired.state === 'present') {
      if ([cron, cronie, generator].every(({ kind }) => kind === 'absent')) {
        return new Unavailable(
          'cron is not installed',
          "Add apt({ packages: ['cron'] }) before this task, or use systemdTimer, which needs no cron.",
          daemons.map((path): Need => `path ${path}`),
        )
      }
      if (!account) {
        return new Unavailable(
          `there is no user ${desired.user}`,
          `cron would skip the file: add user({ name: '${desired.user}' }) before this task.`,
          [`user ${desired.user}`],
        )
      }
    }
    return parseFileState({ status }, desired)
  },
  writes: writesFileState,
  diff: diffFileState,
  apply: applyFileState,
  independent: true,
})

function render(given: {
  readonly schedule?: string | undefined
  readonly user: string
  readonly command?: string | undefined
  readonly environment: Readonly<Record<string, Value>>
}): string | Secret<string> {
  const variables = Object.entries(given.environment)
  const assignments = variables.map(([name, one]) => `${name}=${quoted(plain(one))}`)
  const lines = [...assignments, `${given.schedule} ${given.user} ${escaped(given.command ?? '')}`]
  const text = `${lines.join('\n')}\n`
  const secret = variables.find(([, one]) => one instanceof Secret)
  return secret ? new Secret(secret[0], text) : text
}

/** What can be judged before any host is asked. */
function known(given: Value): string {
  return given instanceof Secret && !given.hasValue ? '' : plain(given)
}

function plain(given: Value): string {
  return given instanceof Secret ? given.reveal() : String(given)
}

function quoted(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`
}

/** cron ends the command at a bare `%`. */
function escaped(command: string): string {
  return command.replaceAll(/(?<!\\)%/g, '\\%')
}

/** Keys that can log in as a user. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { accountName } from './account-name.ts'
import { writeKeys } from './authorized-key-script.ts'
import { type AuthorizedKeys, authorizedKeys } from './authorized-keys.query.ts'
import { nameOfKey, type PublicKey, parseKeyLine, publicKey } from './public-key.ts'

const schema = z
  .strictObject({
    /** Who logs in with them. */
    user: accountName('user'),
    /** Each is the line of a `.pub` file. */
    keys: z.array(publicKey).min(1, 'Name at least one key'),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether all other lines are removed; default false. */
    exclusive: z.boolean().default(false),
    /** What stands before each key: `from="192.0.2.0/24",no-agent-forwarding`. By default unchanged. */
    options: z
      .string()
      .regex(/^\S(?:[^\n]*\S)?$/, 'must be one line, without a space at its ends')
      .optional(),
  })
  .superRefine(({ state, exclusive, options }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    if (state === 'absent' && exclusive) refuse("exclusive goes with state: 'present'")
    if (state === 'absent' && options !== undefined) refuse("options go with state: 'present'")
  })

type Desired = z.output<typeof schema>

/**
 * Keys in `~/.ssh/authorized_keys` of a user. The folder gets mode 0700, the file 0600, and both are the user's.
 *
 * The file is replaced in one instant, and written as the user: whatever the user made of the folder, nothing else can be
 * reached by it. The user and the home must be there before.
 *
 * @example
 * ```ts
 * import { authorizedKey } from 'foobar-deploy'
 *
 * authorizedKey({
 *   user: 'deploy',
 *   keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1h0Un1vTTZ6T3Hx3W2g9n0kqS0dV5o1rYp4t7cL2bX alice@example.com'],
 * })
 * ```
 */
export const authorizedKey = defineResource({
  type: 'authorizedKey',
  schema,
  id: ({ user, keys }) => {
    const [first] = keys
    return `${user} ${keys.length === 1 && first ? nameOfKey(first) : `${keys.length} keys`}`
  },
  read: ({ user }) => ({ keys: authorizedKeys(user) }),
  parse: ({ keys }, { user, state }): AuthorizedKeys | Unavailable => {
    if (!keys) {
      return new Unavailable(`there is no user ${user}`, `Add user({ name: '${user}' }) before this task.`, [
        `user ${user}`,
      ])
    }
    if (!keys.homeExists && state === 'present') {
      return new Unavailable(`the home of ${user}, ${keys.home}, does not exist`, 'See createHome of user().', [
        `path ${keys.home}`,
      ])
    }
    const { folder, file } = keys
    if ((folder && folder.type !== 'directory') || (file && !file.type.startsWith('regular'))) {
      const path = folder && folder.type !== 'directory' ? '.ssh' : '.ssh/authorized_keys'
      const type = path === '.ssh' ? folder?.type : file?.type
      return new Unavailable(
        `${keys.home}/${path} is a ${type}`,
        'It is not followed, since it may lead anywhere: remove it.',
        [`path ${keys.home}/${path}`],
      )
    }
    if (keys.isCut) {
      return new Unavailable(
        `${keys.home}/.ssh/authorized_keys is too long to be read`,
        'Nobody has that many keys: look at what is in it.',
      )
    }
    return keys
  },
  provides: (_desired, current) =>
    current ? [`path ${current.home}/.ssh`, `path ${current.home}/.ssh/authorized_keys`] : [],
  diff,
  *apply(_changes, desired, current) {
    const lines = keyLines(current)
    const differing = desired.keys.filter((key) => desired.state === 'absent' || !lines.some(agrees(key, desired)))
    const { user, state, exclusive, options } = desired
    const written = exclusive ? desired.keys : state === 'present' ? differing : []
    yield writeKeys(user, current, {
      drop: exclusive ? 'all' : differing.map(({ blob }) => blob),
      // A key that stays as it is keeps the options that stand before it.
      add: written.map((key) => textOf(key, options ?? lines.find(({ blob }) => blob === key.blob)?.options ?? '')),
    })
  },
})

function diff(current: AuthorizedKeys, desired: Desired): Change[] {
  const lines = keyLines(current)
  const { keys, state, options, exclusive } = desired
  const here = (key: PublicKey) => lines.find(({ blob }) => blob === key.blob)
  if (state === 'absent')
    return keys.filter(here).map((key) => ({ key: nameOfKey(key), from: 'present', to: 'absent' }))
  const lacking = keys
    .filter((key) => !lines.some(agrees(key, desired)))
    .map((key): Change => {
      const there = here(key)
      if (!there) return { key: nameOfKey(key), from: 'absent', to: 'present' }
      return { key: `options of ${nameOfKey(key)}`, from: there.options, to: options ?? '' }
    })
  const wanted = new Set(keys.map(({ blob }) => blob))
  const others = exclusive ? lines.filter(({ blob }) => !wanted.has(blob)) : []
  return [
    ...lacking,
    ...others.map((key) => ({ key: nameOfKey(key), from: 'present', to: 'absent' })),
    ...attributeChanges(current),
  ]
}

function attributeChanges({ uid, folder, file }: AuthorizedKeys): Change[] {
  return [
    { path: '.ssh', found: folder, mode: '0700' },
    { path: '.ssh/authorized_keys', found: file, mode: '0600' },
  ].flatMap(({ path, found, mode }) => [
    ...(found && found.mode !== mode ? [{ key: `mode of ${path}`, from: found.mode, to: mode }] : []),
    ...(found && found.uid !== uid ? [{ key: `owner of ${path}`, from: found.uid, to: uid }] : []),
  ])
}

function keyLines({ lines }: AuthorizedKeys) {
  return lines.flatMap((line) => parseKeyLine(line) ?? [])
}

function agrees(key: PublicKey, { options }: Desired) {
  return (line: PublicKey & { options: string }) =>
    line.blob === key.blob && (options === undefined || line.options === options)
}

function textOf({ type, blob, comment }: PublicKey, options: string): string {
  return [options, type, blob, comment].filter((part) => part !== '').join(' ')
}

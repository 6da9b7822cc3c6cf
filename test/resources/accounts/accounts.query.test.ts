/** Users, groups, passwords and keys: of this machine, and of a host of the test's making. */

import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { authorizedKey } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { accountQuery } from '../../../src/resources/accounts/account.query.ts'
import { authorizedKeysQuery } from '../../../src/resources/accounts/authorized-keys.query.ts'
import { passwordQuery } from '../../../src/resources/accounts/password.query.ts'
import { allUserGroupsQuery, userGroupQuery } from '../../../src/resources/accounts/user-group.query.ts'
import { ask, runScript, temporaryFolder } from '../run-script.ts'
import { counted, standIns } from '../stand-in.ts'

describe('account', () => {
  it('tells the users of this machine, in one process', () => {
    const names = ['root', 'no-such-user', 'daemon']
    expect(ask(accountQuery, names)).toMatchObject(
      [{ name: 'root', uid: 0, gid: 0, home: '/root' }, undefined, { uid: 1 }].map((one) => one as object),
    )
    const { before, started } = counted('getent')
    runScript(accountQuery.script(names), before)
    expect(started()).toEqual(['getent'])
  })

  it('sees whether the home is there', () => {
    const home = temporaryFolder()
    const { before } = standIns({
      getent: `printf '%s\\n' 'a:x:1:1:A, b\\c:${home}:/bin/sh' 'b:x:2:2::${home}/gone:' 'c:x:3:3:::'`,
    })
    const answers = accountQuery.parse(runScript(accountQuery.script(['a', 'b', 'c']), before), ['a', 'b', 'c'])
    expect(answers).toMatchObject([
      { comment: 'A, b\\c', home, shell: '/bin/sh', homeExists: true },
      { homeExists: false, shell: '' },
      { home: '', homeExists: false },
    ])
  })
})

describe('user-group', () => {
  it('tells the groups of this machine', () => {
    expect(ask(userGroupQuery, ['no-such-group', 'root'])).toMatchObject([
      undefined,
      { name: 'root', gid: 0 },
    ] as object[])
    expect(ask(allUserGroupsQuery, ['all'])[0]?.find(({ gid }) => gid === 0)?.name).toBe('root')
  })
})

describe('password', () => {
  it('answers with digests, and no hash leaves the host', () => {
    const hash = '$6$salt$abc/def.ghi'
    const rows = [`open:${hash}:1:2`, `locked:!${hash}:1`, `twice:!!${hash}:`, 'new:!:1', 'never:*:1', 'none::1']
    const { before } = standIns({ getent: `printf '%s\\n' ${rows.map((row) => `'${row}'`).join(' ')}` })
    const names = ['open', 'locked', 'twice', 'new', 'never', 'none', 'absent']
    const output = runScript(passwordQuery.script(names), before)
    expect(output.stdout.toString()).not.toContain('salt')
    const digest = createHash('sha256').update(hash).digest('hex')
    expect(passwordQuery.parse(output, names)).toEqual([
      { locked: false, digest },
      { locked: true, digest },
      { locked: true, digest },
      { locked: true, digest: undefined },
      { locked: true, digest: undefined },
      { locked: false, digest: undefined },
      undefined,
    ])
  })
})

/** The keys of a user with a home of the test's making. */
function keysOf(make: (file: string) => void, programs: Record<string, string> = {}) {
  const home = temporaryFolder()
  mkdirSync(join(home, '.ssh'))
  make(join(home, '.ssh/authorized_keys'))
  const { before } = standIns({ getent: `echo a:x:1:1::${home}:/bin/sh`, ...programs })
  const output = runScript(authorizedKeysQuery.script(['a']), before)
  const [keys] = authorizedKeysQuery.parse(output, ['a'])
  return { keys, stdout: output.stdout }
}

describe('authorized-keys', () => {
  it('tells lines, modes and owners of several users with one stat', () => {
    const home = temporaryFolder()
    const homes = ['a', 'b', 'c', 'd'].map((name) => join(home, `${name} home`))
    for (const path of homes.slice(0, 3)) mkdirSync(join(path, '.ssh'), { recursive: true })
    writeFileSync(join(homes[0] ?? '', '.ssh/authorized_keys'), '# mine\n\n  key "a\\b" $HOME\nlast without end')
    chmodSync(join(homes[0] ?? '', '.ssh/authorized_keys'), 0o640)
    symlinkSync('/etc/passwd', join(homes[1] ?? '', '.ssh/authorized_keys'))
    const rows = homes.map((path, index) => `'${'abcd'[index]}:x:${index}:${index}::${path}:/bin/sh'`)
    const { before, started } = standIns({
      getent: `printf '%s\\n' ${rows.join(' ')}`,
      stat: 'PATH=/usr/bin:/bin exec stat "$@"',
    })
    const names = ['a', 'b', 'c', 'd', 'e']
    const answers = authorizedKeysQuery.parse(runScript(authorizedKeysQuery.script(names), before), names)
    expect(started()).toEqual(['getent', 'stat'])
    expect(answers[0]).toMatchObject({
      lines: ['# mine', '', '  key "a\\b" $HOME', 'last without end'],
      file: { type: 'regular file', mode: '0640', uid: getuid?.() },
      folder: { type: 'directory' },
    })
    expect(answers[1]).toMatchObject({ file: { type: 'symbolic link' }, lines: [] })
    expect(answers[2]).toMatchObject({ homeExists: true, file: undefined, lines: [] } as object)
    expect(answers[3]).toMatchObject({ homeExists: false, folder: undefined } as object)
    expect(answers[4]).toBeUndefined()
  })

  it('reads no more of a long file than a host has keys', () => {
    const { keys, stdout } = keysOf((file) => writeFileSync(file, 'x\n'.repeat(600_000)))
    expect(keys).toMatchObject({ isCut: true })
    const reading = authorizedKey({ user: 'a', keys: [`ssh-ed25519 ${'A'.repeat(68)}`] }).resource
    expect(reading.parse({ keys }, { user: 'a', state: 'present' })).toMatchObject({
      reason: expect.stringContaining('too long'),
    })
    expect(stdout.length).toBeLessThan(5_000_000)
  })

  it.each([
    ['a pipe', 'mkfifo "$1"'],
    ['a link', 'ln -s /etc/passwd "$1"'],
  ])('reads nothing from %s that takes the place of the file at the last moment', (_, swap) => {
    const { keys } = keysOf((file) => writeFileSync(file, 'mine\n'), {
      dd: `f=\${1#if=}; rm -f "$f"; set -- "$f" "$@"; ${swap}; shift; exec /bin/dd "$@"`,
      // Nothing may wait for the time limit.
      timeout: 'shift; exec /usr/bin/timeout 60 "$@"',
    })
    expect(keys?.lines).toEqual([])
  })
})

/** Homes moved by the real usermod, with a copy of /etc in a mount namespace. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { user } from 'foobar-deploy'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../run-script.ts'

/** Moves the home of a new user, after `before` has run as root; what the commands say, and the user's row afterwards. */
function move(folder: string, to: string, before = '') {
  const from = join(folder, 'old')
  mkdirSync(from)
  writeFileSync(join(from, 'file'), 'of the user')
  const account = { name: 'mover', uid: 4711, gid: 4711, comment: '', home: from, shell: '/bin/sh', homeExists: true }
  const { resource, desired } = user({ name: 'mover', home: to, comment: 'New' })
  const current = { account, group: 'mover', groups: [], hasNamesake: true }
  const commands = [...resource.apply(resource.diff(current, desired), desired, current)]
  const script = `cp -a /etc '${folder}/etc' && mount --bind '${folder}/etc' /etc && groupadd -g 4711 mover &&
useradd -M -u 4711 -g 4711 -d '${from}' -s /bin/sh mover && ${before || ':'} || exit 99
${commands.map((command) => `( ${'script' in command ? command.script : 'exit 98'}\n) || exit`).join('\n')}`
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', script], { encoding: 'utf8' })
  const row = /^mover:.*$/m
    .exec(readFileSync(join(folder, 'etc/passwd'), 'utf8'))?.[0]
    .split(':')
    .slice(4, 6)
  return { status, said: stdout + stderr, row, isThere: existsSync(join(from, 'file')) }
}

it('moves a home and changes the rest', () => {
  const folder = temporaryFolder()
  const to = join(folder, 'new')
  expect(move(folder, to)).toEqual({ status: 0, said: '', row: ['New', to], isThere: false })
  expect(readFileSync(join(to, 'file'), 'utf8')).toBe('of the user')
})

it('leaves everything as it was where the new home exists', () => {
  const folder = temporaryFolder()
  const to = join(folder, 'new')
  mkdirSync(to)
  expect(move(folder, to)).toEqual({
    status: 1,
    said: `The home of mover cannot be moved from ${folder}/old: ${to} exists. Remove one of them; or set createHome: false to make ${to} the home as it is\n`,
    row: ['', join(folder, 'old')],
    isThere: true,
  })
})

it('writes the old home back where the move fails', () => {
  for (const [to, before] of [
    ['no-such-folder/new', ''],
    ['new', "mount --bind '$F/old' '$F/old'"],
  ] as const) {
    const folder = temporaryFolder()
    const { status, said, row, isThere } = move(folder, join(folder, to), before.replaceAll('$F', folder))
    expect([status, row, isThere]).toEqual([12, ['', join(folder, 'old')], true])
    expect(said).toContain('usermod: ')
    expect(said).toContain(`The home of mover is still ${folder}/old\n`)
    expect(existsSync(join(folder, 'new')) || existsSync(dirname(join(folder, 'no-such-folder/new')))).toBe(false)
  }
})

/** The script that rewrites authorized_keys, run on this machine in the home of nobody else. */

import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { getgid, getuid } from 'node:process'
import { describe, expect, it } from 'vitest'
import { type KeyEdit, writeKeys } from '../../../src/resources/accounts/authorized-key-script.ts'
import type { AuthorizedKeys } from '../../../src/resources/accounts/authorized-keys.query.ts'
import { runScript, temporaryFolder } from '../run-script.ts'

const me = { uid: getuid?.() ?? 0, gid: getgid?.() ?? 0 }

function rewrite(home: string, edit: KeyEdit) {
  const current: AuthorizedKeys = { ...me, home, homeExists: true, folder: undefined, file: undefined, lines: [] }
  return runScript(writeKeys(userInfo().username, current, edit).script)
}

/** Another user. */
const eve = 65_534

function rewriteAs(home: string, edit: KeyEdit) {
  const current: AuthorizedKeys = {
    uid: eve,
    gid: eve,
    home,
    homeExists: true,
    folder: undefined,
    file: undefined,
    lines: [],
  }
  return runScript(writeKeys('nobody', current, edit).script)
}

const read = (home: string) => readFileSync(join(home, '.ssh/authorized_keys'), 'utf8')
const mode = (path: string) => (statSync(path).mode & 0o7777).toString(8)

describe('writeKeys', () => {
  it('makes folder and file, and leaves nothing beside them', () => {
    const home = temporaryFolder()
    const line = `from="a b",command="echo 'it''s' \\"$HOME\\" %s" ssh-ed25519 AAAA+/= x\\ny`
    expect(rewrite(home, { drop: [], add: [line, '# next'] })).toMatchObject({ status: 0 })
    expect(read(home)).toBe(`${line}\n# next\n`)
    expect([mode(join(home, '.ssh')), mode(join(home, '.ssh/authorized_keys'))]).toEqual(['700', '600'])
    expect(runScript(`ls -A '${home}/.ssh'`).stdout.toString()).toBe('authorized_keys\n')
  })

  it('drops the lines of a key and keeps all others as they are', () => {
    const home = temporaryFolder()
    mkdirSync(join(home, '.ssh'))
    const lines = ['# a\\tb', '', '  ssh-ed25519 AAAA1 one', 'no-pty\tssh-ed25519\tAAAA2\ttwo', '*', 'last AAAA3']
    writeFileSync(join(home, '.ssh/authorized_keys'), lines.join('\n'))
    rewrite(home, { drop: ['AAAA2'], add: ['new'] })
    expect(read(home)).toBe(`${[...lines.slice(0, 3), ...lines.slice(4), 'new'].join('\n')}\n`)
    rewrite(home, { drop: 'all', add: ['only'] })
    expect(read(home)).toBe('only\n')
  })

  it('leaves the file as it was where it cannot be read', () => {
    const home = temporaryFolder()
    mkdirSync(join(home, '.ssh/authorized_keys'), { recursive: true })
    expect(rewrite(home, { drop: [], add: ['new'] }).status).not.toBe(0)
    expect(statSync(join(home, '.ssh/authorized_keys')).isDirectory()).toBe(true)
  })

  it('replaces a link in the place of the file, and does not follow it', () => {
    const home = temporaryFolder()
    mkdirSync(join(home, '.ssh'))
    writeFileSync(join(home, 'victim'), 'untouched')
    symlinkSync(join(home, 'victim'), join(home, '.ssh/authorized_keys'))
    rewrite(home, { drop: 'all', add: ['new'] })
    expect(readFileSync(join(home, 'victim'), 'utf8')).toBe('untouched')
  })

  it('gives nothing to the user: what is another’s is moved aside, and copied where the user may read it', () => {
    const base = temporaryFolder()
    chmodSync(base, 0o755)
    const home = join(base, 'home')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    chownSync(home, eve, eve)
    writeFileSync(join(home, '.ssh/authorized_keys'), 'ssh-ed25519 AAAA1 readable\n', { mode: 0o644 })
    writeFileSync(join(home, '.ssh/secret'), 'root only', { mode: 0o600 })
    expect(rewriteAs(home, { drop: [], add: ['new'] })).toMatchObject({ status: 0 })
    expect(read(home)).toBe('ssh-ed25519 AAAA1 readable\nnew\n')
    expect([statSync(join(home, '.ssh')).uid, statSync(join(home, '.ssh/authorized_keys')).uid]).toEqual([eve, eve])
    const [aside = ''] = readdirSync(home).filter((name) => name.endsWith('.bak'))
    expect(statSync(join(home, aside, 'secret'))).toMatchObject({ uid: 0 })
    expect(readdirSync(join(home, '.ssh'))).toEqual(['authorized_keys'])
  })

  it('reaches nothing through a link that takes the place of the folder', () => {
    const base = temporaryFolder()
    chmodSync(base, 0o755)
    const home = join(base, 'home')
    const victim = join(base, 'root-ssh')
    mkdirSync(home)
    chownSync(home, eve, eve)
    mkdirSync(victim, { mode: 0o700 })
    writeFileSync(join(victim, 'authorized_keys'), 'of root', { mode: 0o600 })
    symlinkSync(victim, join(home, '.ssh'))
    expect(rewriteAs(home, { drop: 'all', add: ['of eve'] }).status).not.toBe(0)
    expect(readFileSync(join(victim, 'authorized_keys'), 'utf8')).toBe('of root')
    expect(statSync(join(victim, 'authorized_keys'))).toMatchObject({ uid: 0 })
    expect(statSync(victim)).toMatchObject({ uid: 0 })
  })
})

/** The folders on a host and the record of pending handlers, with a real sh as another user than root. */

import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  clearPending,
  listPending,
  makeOwnFolder,
  ownFolder,
  recordPending,
} from '../../../src/engine/host/host-folder.ts'

let home: string
const user = 54321
const machine = readFileSync('/etc/machine-id', 'utf8').trim()
const runs = () => join(home, '.local/state/foobar-deploy/runs', machine)

/** What a user who is not root gets from a script. */
function asUser(script: string): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(
    'setpriv',
    [
      `--reuid=${user}`,
      `--regid=${user}`,
      '--clear-groups',
      'env',
      `HOME=${home}`,
      `PATH=${home}/bin:${process.env.PATH}`,
      'sh',
      '-s',
    ],
    { input: `umask 022; cd /; ${script}`, encoding: 'utf8' },
  )
  return { status, stdout }
}
const made = () =>
  asUser(`${ownFolder('a1')}\n${makeOwnFolder}\necho "$G"; echo "$D"`)
    .stdout.trim()
    .split('\n')

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'))
  chownSync(home, user, user)
  chmodSync(home, 0o755)
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

describe('the folder of a user who is not root', () => {
  it('is made in the home, which hosts may share, for the host and the user alone', () => {
    expect(made()).toEqual([join(runs(), 'a1')])
    expect(statSync(runs())).toMatchObject({ mode: 0o40700, uid: user })
  })

  it.each([
    ['the home', () => home],
    ['a folder in the home', () => join(home, '.local')],
  ])('is refused where others can write to %s', (_name, folder) => {
    made()
    chmodSync(folder(), 0o775)
    expect(made()[0]).toBe(`others can write to ${folder()}`)
  })

  it('is refused where a link leads into the folder of somebody else', () => {
    const theirs = join(home, 'theirs')
    mkdirSync(theirs)
    execFileSync('chown', ['54322', theirs])
    chmodSync(theirs, 0o755)
    symlinkSync(theirs, join(home, '.local'))
    expect(made()[0]).toMatch(/Permission denied|belongs to somebody else/)
    mkdirSync(join(theirs, 'state/foobar-deploy/runs', machine), { recursive: true })
    expect(made()[0]).toBe(`${theirs} belongs to somebody else`)
  })

  it('is refused where the home is not the user’s', () => {
    chownSync(home, 0, 0)
    expect(made()[0]).toMatch(/mkdir: .*Permission denied/)
  })
})

describe('pending handlers', () => {
  it('are on record until they have run, each by its name', () => {
    expect(asUser(recordPending(['reload nginx', 'a/b'])).status).toBe(0)
    expect(asUser(listPending).stdout).toBe('pending=a%2Fb\npending=reload%20nginx\n')
    asUser(clearPending(['a/b']))
    expect(asUser(listPending).stdout).toBe('pending=reload%20nginx\n')
  })

  it('are written to the disk before anything is changed', () => {
    mkdirSync(join(home, 'bin'))
    writeFileSync(join(home, 'bin/sync'), `#!/bin/sh\nprintf '%s\\n' "$@" >${home}/synced\n`, { mode: 0o755 })
    asUser(recordPending(['reload nginx']))
    const pending = join(home, '.local/state/foobar-deploy/pending', machine)
    expect(readFileSync(join(home, 'synced'), 'utf8')).toBe(`--\n${pending}/reload%20nginx\n${pending}\n`)
  })

  it('that cannot be recorded fail the change', () => {
    writeFileSync(join(home, '.local'), '')
    expect(asUser(recordPending(['reload nginx'])).status).not.toBe(0)
  })
})

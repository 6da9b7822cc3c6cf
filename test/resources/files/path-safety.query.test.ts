/** When a path is safe for root: who owns the folders on the way, who may write to them, where links lead. */

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PathUse } from '../../../src/plan/path-use.ts'
import {
  becameUnsafe,
  describeUnsafe,
  pathSafetyQuery,
  refuseUnsafe,
  remedyFor,
} from '../../../src/resources/files/path-safety.query.ts'
import { ask, oddNames, programsOf, runScript, temporaryFolder } from '../run-script.ts'

const eve = 65_534
const games = 60

/** A folder of root's, where everybody may look. */
function ownFolder(): string {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  return folder
}

function madeFolder(path: string, { owner = 0, group = 0, mode = 0o755 } = {}): string {
  mkdirSync(path, { recursive: true })
  chownSync(path, owner, group)
  chmodSync(path, mode)
  return path
}

/** What `setfacl -m u:USER:PERMISSIONS` does, which few hosts have: an entry for the user, and the mask. */
function letWrite(path: string, user: number, permissions = 7): void {
  const entries = [
    [1, 7, 0xffffffff],
    [2, permissions, user],
    [4, 5, 0xffffffff],
    [0x10, permissions, 0xffffffff],
    [0x20, 5, 0xffffffff],
  ]
  const list = `pack("V(vvV)*", 2, ${entries.flat().join(', ')})`
  const set = `use POSIX; $n = (uname)[4] eq "aarch64" ? 5 : 188; $k = "system.posix_acl_access"; $l = ${list};
    syscall($n, $ARGV[0], $k, $l, length $l, 0) == 0 or die "no access control lists here: $!"`
  const { stderr } = spawnSync('perl', ['-e', set, path], { encoding: 'utf8' })
  expect(stderr).toBe('')
}

/** Why each of `uses` is unsafe, as it was asked and as it is looked at right before writing; they must agree. */
function reasons(...uses: PathUse[]) {
  return uses.map((use) => {
    const [part] = ask(pathSafetyQuery, [use])
    const { status } = runScript(refuseUnsafe([use]))
    const isSeenLater =
      part && ['owner', 'group', 'everybody', 'list', 'link'].includes(part.why) && use.path !== part.path
    if (isSeenLater) expect(status).toBe(becameUnsafe)
    if (!part) expect(status).toBe(0)
    return part?.why
  })
}

describe('a path', () => {
  it('is safe below folders to which root alone may write, whoever owns what lies at its end', () => {
    const folder = ownFolder()
    const path = join(folder, 'file')
    writeFileSync(path, '')
    chownSync(path, eve, eve)
    madeFolder(join(folder, 'given'), { owner: eve })
    const given = join(folder, 'given')
    expect(reasons({ path }, { path, follow: true, owner: 'nobody' }, { path: given }, { path: '/etc/hosts' })).toEqual(
      Array.from({ length: 4 }),
    )
  })

  it('is unsafe below a folder of another user, of a group, or of everybody', () => {
    const folder = ownFolder()
    const cases = {
      owner: madeFolder(join(folder, 'owned'), { owner: eve, mode: 0o700 }),
      group: madeFolder(join(folder, 'group'), { group: games, mode: 0o775 }),
      everybody: madeFolder(join(folder, 'all'), { mode: 0o757 }),
    }
    for (const [why, at] of Object.entries(cases)) {
      madeFolder(join(at, 'below'))
      expect(reasons({ path: join(at, 'x') }, { path: join(at, 'below/x') }, { path: at })).toEqual([
        why,
        why,
        undefined,
      ])
      expect(ask(pathSafetyQuery, [{ path: at, isEntered: true }])[0]?.why).toBe(why)
    }
    expect(reasons({ path: join(madeFolder(join(folder, 'root'), { mode: 0o775 }), 'x') })).toEqual([undefined])
  })

  it('is unsafe in a folder of the group root, or of the distribution, that an access control list opens', () => {
    const folder = ownFolder()
    const opened = madeFolder(join(folder, 'opened'))
    letWrite(opened, eve)
    madeFolder(join(opened, 'below'))
    const looks = madeFolder(join(folder, 'looks'))
    letWrite(looks, eve, 5)
    const sticky = madeFolder(join(folder, 'sticky'), { mode: 0o1755 })
    letWrite(sticky, eve)
    const shared = madeFolder(join(folder, 'shared'), { group: games, mode: 0o3775 })
    letWrite(shared, eve)
    expect(
      reasons(
        { path: join(opened, 'x') },
        { path: join(opened, 'below/x') },
        { path: join(looks, 'x') },
        { path: join(sticky, 'x'), owner: 'nobody' },
        { path: join(shared, 'x'), owner: 'nobody' },
      ),
    ).toEqual(['list', 'list', undefined, 'given', 'given'])
    const [part] = ask(pathSafetyQuery, [{ path: join(opened, 'x') }])
    expect(part && describeUnsafe(part)).toBe(
      `${opened} has an access control list by which others may write to it (mode 0775)`,
    )
    expect(part && remedyFor(part)).toContain(`chmod g-w ${opened}`)
    chmodSync(opened, 0o755)
    expect(reasons({ path: join(opened, 'x') })).toEqual([undefined])
  })

  it('is safe in a folder with the sticky bit while it stays root’s', () => {
    const folder = ownFolder()
    const sticky = madeFolder(join(folder, 'sticky'), { mode: 0o1777 })
    const below = madeFolder(join(sticky, 'roots'))
    const theirs = join(sticky, 'theirs')
    writeFileSync(theirs, '')
    chownSync(theirs, eve, eve)
    expect(
      reasons(
        { path: join(below, 'x') },
        { path: join(sticky, 'new'), owner: 'root' },
        { path: join(sticky, 'new'), owner: 'nobody' },
        { path: theirs, follow: true },
        { path: theirs, isRemoved: true },
        { path: join(sticky, 'absent/x') },
        { path: '/tmp/x' },
      ),
    ).toEqual([undefined, undefined, 'given', 'owner', undefined, 'absent', undefined])
  })

  it('is safe through links of root’s, and unsafe through those of others, or that lead to theirs', () => {
    const folder = ownFolder()
    const home = madeFolder(join(folder, 'home'), { owner: eve })
    madeFolder(join(folder, 'real/deep'))
    symlinkSync('real', join(folder, 'relative'))
    symlinkSync('deep', join(folder, 'real/inner'))
    symlinkSync('../home', join(folder, 'real/up'))
    symlinkSync(join(folder, 'relative/up/x'), join(folder, 'twice'))
    symlinkSync('round', join(folder, 'round'))
    symlinkSync('real', join(folder, 'theirs'))
    lchownSync(join(folder, 'theirs'), eve, eve)
    const path = (name: string) => ({ path: join(folder, name) })
    expect(reasons(path('relative/x'), path('relative/inner/x'), path('theirs/x'), path('relative/up/x'))).toEqual([
      undefined,
      undefined,
      'link',
      'owner',
    ])
    expect(reasons(path('twice'), { ...path('twice'), follow: true })).toEqual([undefined, 'owner'])
    expect(reasons({ ...path('round'), follow: true }, path('round'))).toEqual([undefined, undefined])
    const [part] = ask(pathSafetyQuery, [{ ...path('twice'), follow: true }])
    expect(part && describeUnsafe(part)).toBe(`${home} belongs to nobody`)
    expect(part && remedyFor(part)).toContain("become: 'nobody'")
  })

  it('that is entered is unsafe where it is given to another user', () => {
    const folder = ownFolder()
    const tree = { path: join(folder, 'tree'), isEntered: true }
    const owners = [undefined, 'root', '0', 'nobody', '65534']
    expect(reasons(...owners.map((owner) => ({ ...tree, owner })))).toEqual([
      undefined,
      undefined,
      undefined,
      'entered',
      'entered',
    ])
    expect(reasons({ ...tree, isOpened: true })).toEqual(['entered'])
  })

  it('is safe in the folders that the distribution opens to a group of its own, and in no others', () => {
    const folder = ownFolder()
    const log = madeFolder(join(folder, 'log'), { group: 4321, mode: 0o775 })
    writeFileSync(join(folder, 'group'), 'root:x:0:\nsyslog:x:4321:\n')
    const uses = [{ path: '/var/log/app' }, { path: join(log, 'app') }]
    const { stdout } = spawnSync(
      'unshare',
      [
        '-m',
        'sh',
        '-c',
        `mount --bind ${folder}/group /etc/group && mount --bind ${log} /var/log && ${pathSafetyQuery.script(uses)}`,
      ],
      { encoding: 'buffer' },
    )
    const found = pathSafetyQuery.parse({ status: 0, stdout, stderr: Buffer.of() }, uses)
    expect(found.map((part) => part && [part.why, part.group])).toEqual([undefined, ['group', 'syslog']])
  })

  it('may have any name', () => {
    const folder = ownFolder()
    const uses = oddNames.map((name) => ({ path: join(madeFolder(join(folder, name), { owner: eve }), 'x') }))
    expect(ask(pathSafetyQuery, uses).map((part) => part?.path)).toEqual(oddNames.map((name) => join(folder, name)))
  })
})

describe('the question', () => {
  it('costs one process for any number of paths', () => {
    const folder = ownFolder()
    const uses = Array.from({ length: 300 }, (_, index) => ({
      path: join(madeFolder(join(folder, `d${index % 20}`)), `f${index}`),
      follow: true,
    }))
    const programs = ['stat', 'readlink', 'id', 'getent', 'ls', 'find']
    expect(programsOf(pathSafetyQuery.script(uses), programs)).toEqual(['stat'])
    expect(programsOf(refuseUnsafe(uses), programs)).toEqual(['stat'])
  })

  it('is none for a user who is not root', () => {
    const uses = [{ path: '/home/x/y' }]
    const asNobody = (script: string) =>
      runScript(`setpriv --reuid=65534 --clear-groups sh -c '${script.replaceAll("'", `'\\''`)}'`)
    const output = asNobody(pathSafetyQuery.script(uses))
    expect(pathSafetyQuery.parse(output, uses)).toEqual([undefined])
    expect(asNobody(refuseUnsafe(uses)).status).toBe(0)
  })
})

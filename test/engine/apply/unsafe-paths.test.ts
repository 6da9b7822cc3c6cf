/** Attacks of another user on tasks of root: where they can write, root does not. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  archive,
  configFiles,
  confirmOrRevert,
  copyTree,
  directory,
  download,
  file,
  git,
  lineInFile,
  symlink,
  type TaskList,
} from 'foobar-deploy'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangeAnswer } from '../../../src/engine/apply/questions.ts'
import { temporaryFolder } from '../../resources/run-script.ts'
import { endings, runLocally } from '../local-run.ts'
import { asUser } from '../own-state.ts'

/** Another user: uid and name of one that every host has. */
const eve = 65_534
const name = 'nobody'

let folder: string
let state: string
/** A folder of eve's, in a folder of root's. */
let home: string
/** A file that root alone may read. */
let shadow: string
const at = (path: string) => join(folder, path)

beforeEach(() => {
  folder = temporaryFolder()
  state = temporaryFolder()
  chmodSync(folder, 0o755)
  home = at('home/eve')
  mkdirSync(home, { recursive: true })
  chownSync(home, eve, eve)
  shadow = at('shadow')
  writeFileSync(shadow, 'root only\n', { mode: 0o600 })
})

const linkOfEve = (path: string, target: string) => {
  symlinkSync(target, path)
  lchownSync(path, eve, eve)
}

/** What of the file that root alone may read has changed. */
function harm() {
  const { uid, mode } = statSync(shadow)
  return { text: readFileSync(shadow, 'utf8'), uid, mode: mode & 0o777 }
}
const unharmed = { text: 'root only\n', uid: 0, mode: 0o600 }

async function refused(tasks: () => TaskList, attack?: () => void) {
  const askChange = async (): Promise<ChangeAnswer> => {
    attack?.()
    return 'yes'
  }
  const { here } = await runLocally(state, tasks, {}, attack ? { askChange } : {})
  expect(here.error?.code).toBe('unsafe-path')
  expect(harm()).toEqual(unharmed)
  return `${here.error?.detail} ${here.error?.hint}`
}

describe('root', () => {
  it('does not write into a folder of another user, and names the folder, its owner and the remedy', async () => {
    const path = join(home, 'app/x')
    const said = await refused(() => [file({ path, content: 'a', owner: name })])
    expect(said).toContain(`${home} belongs to ${name}`)
    expect(said).toContain(`Write become: '${name}'`)
    expect(said).toContain('unsafePath: true')
    expect(readdirSync(home)).toEqual([])
  })

  it('does not follow a link of another user, whatever the task is', async () => {
    const path = join(home, 'x')
    linkOfEve(path, shadow)
    linkOfEve(join(home, 'tree'), folder)
    for (const task of [
      () => file({ path, content: 'a', owner: name }),
      () => file({ path, mode: '0666' }),
      () => file({ path, state: 'absent' }),
      () => lineInFile({ path, line: 'a', owner: name }),
      () => directory({ path: join(home, 'tree'), owner: name }),
      () => directory({ path: join(home, 'tree'), state: 'absent', recursive: true }),
      () => symlink({ path: join(home, 'link'), target: 'x' }),
      () => download({ path, from: { url: 'http://127.0.0.1:9/', sha256: '0'.repeat(64) } }),
      () => archive({ path: join(home, 'tree'), state: 'absent' }),
      () => git({ repository: folder, path: join(home, 'tree'), version: 'main' }),
      () => configFiles({ path: join(home, 'tree'), files: { shadow: 'a' } }),
      () => copyTree({ from: '.', path: join(home, 'tree') }),
    ]) {
      const made = task()
      expect(made.problems).toEqual([])
      const { here } = await runLocally(state, () => [task()])
      expect([made.title, here.error?.code]).toEqual([made.title, 'unsafe-path'])
      expect(harm()).toEqual(unharmed)
    }
  })

  it('does not follow a link of its own that leads into a folder of another user', async () => {
    symlinkSync(join(home, 'x'), at('link'))
    symlinkSync(home, at('through'))
    expect(await refused(() => [file({ path: at('link'), content: 'a' })])).toContain(`${home} belongs to ${name}`)
    expect(await refused(() => [file({ path: at('through/x'), content: 'a' })])).toContain(`${home} belongs to`)
    const { here } = await runLocally(state, () => [file({ path: at('link'), content: 'a', follow: false })])
    expect(here.error).toBeUndefined()
  })

  it('looks again right before it writes', async () => {
    mkdirSync(at('app'))
    const path = at('app/x')
    const said = await refused(
      () => [file({ path, content: 'a' })],
      () => chownSync(at('app'), eve, eve),
    )
    expect(said).toContain(`${at('app')} belongs to ${name}`)
    expect(readdirSync(at('app'))).toEqual([])
  })

  it('does not follow a link that takes the place of a folder after it was read', async () => {
    mkdirSync(at('app'))
    const swap = () => {
      spawnSync('mv', [at('app'), at('moved')])
      linkOfEve(at('app'), folder)
    }
    expect(await refused(() => [file({ path: at('app/shadow'), content: 'a' })], swap)).toContain('symbolic link')
  })

  it('does not write below a folder that a task before it, in the same round trip, has given away', async () => {
    mkdirSync(at('app/sub'), { recursive: true })
    const tasks = () => [directory({ path: at('app'), owner: name }), directory({ path: at('app/sub'), mode: '0700' })]
    const said = await refused(tasks)
    expect(said).toContain(`${at('app')} belongs to ${name}`)
    expect(statSync(at('app/sub')).mode & 0o777).toBe(0o755)
  })

  it('does not write through a link into a folder that a task before it, in the same round trip, has given away', async () => {
    mkdirSync(at('app/sub'), { recursive: true })
    symlinkSync(at('app'), at('link'))
    const tasks = () => [directory({ path: at('app'), owner: name }), directory({ path: at('link/sub'), mode: '0700' })]
    expect(await refused(tasks)).toContain(`${at('app')} belongs to ${name}`)
    expect(statSync(at('app/sub')).mode & 0o777).toBe(0o755)
  })

  it('does not write into a subfolder of a tree that another user owns, nor remove from one', async () => {
    const from = temporaryFolder()
    mkdirSync(join(from, 'sub'))
    writeFileSync(join(from, 'sub/shadow'), 'a')
    mkdirSync(at('tree/sub'), { recursive: true })
    const swap = () => {
      spawnSync('mv', [at('tree/sub'), at('tree/moved')])
      linkOfEve(at('tree/sub'), folder)
    }
    expect(await refused(() => [copyTree({ from, path: at('tree') })], swap)).toContain('symbolic link')
    spawnSync('rm', ['-rf', at('tree')])
    mkdirSync(at('tree/cache/keep'), { recursive: true })
    writeFileSync(at('tree/cache/shadow'), 'a')
    chownSync(at('tree/cache'), eve, eve)
    const clean = () => copyTree({ from, path: at('tree'), exclusive: true, exclude: ['cache/keep'] })
    expect(await refused(() => [clean()])).toContain(`${at('tree/cache')} belongs to ${name}`)
    expect(readdirSync(at('tree/cache'))).toEqual(['keep', 'shadow'])
  })

  it('does not fill a tree that it gives to another user on the way', async () => {
    const from = temporaryFolder()
    writeFileSync(join(from, 'a'), 'a')
    const said = await refused(() => [copyTree({ from, path: at('tree'), owner: name })])
    expect(said).toContain(`directory({ path: '${at('tree')}', owner: '${name}' })`)
  })

  it('puts nothing back there either: a change that would have to be reverted there is not begun', async () => {
    const path = join(home, 'x')
    linkOfEve(path, shadow)
    const done = at('done')
    const said = await refused(() => [
      confirmOrRevert({ title: 'x', paths: [path], restore: ':', tasks: [file({ path: done, content: 'a' })] }),
    ])
    expect(said).toContain(`${home} belongs to ${name}`)
    expect(existsSync(done)).toBe(false)
  })

  it('writes there all the same where the task says so', async () => {
    const path = join(home, 'x')
    const { events, here } = await runLocally(state, () => [file({ title: 'x', path, content: 'a', unsafePath: true })])
    expect(here.error).toBeUndefined()
    expect(endings(events)).toEqual(['changed x'])
  })

  it('gives a folder of its own folder away, and writes beside it', async () => {
    const tasks = () => [
      directory({ path: at('srv') }),
      directory({ path: at('srv/data'), owner: name }),
      file({ path: at('srv/conf'), content: 'a', owner: name, mode: '0640' }),
      symlink({ path: at('srv/link'), target: 'data' }),
    ]
    expect((await runLocally(state, tasks)).here.error).toBeUndefined()
    const again = await runLocally(state, tasks)
    expect(again.here.statuses.ok).toBe(4)
    expect(statSync(at('srv/conf')).uid).toBe(eve)
  })
})

describe('another user', () => {
  it('writes, copies and unpacks in a home of its own', async () => {
    const from = temporaryFolder()
    mkdirSync(join(from, 'sub'))
    writeFileSync(join(from, 'sub/small'), 'small')
    writeFileSync(join(from, 'sub/large'), 'l'.repeat(100_000))
    const packed = join(temporaryFolder(), 'a.tar')
    spawnSync('tar', ['-c', '-C', from, '-f', packed, 'sub'])
    const own = { owner: name, group: 'nogroup' }
    const tasks = () => [
      directory({ path: join(home, 'app'), ...own, mode: '0750' }),
      file({ path: join(home, 'app/x'), content: 'a', ...own, mode: '0600', backup: true }),
      lineInFile({ path: join(home, 'app/lines'), line: 'a', create: true, ...own }),
      symlink({ path: join(home, 'link'), target: 'app' }),
      copyTree({ from, path: join(home, 'tree'), ...own, exclusive: true }),
      archive({ from: packed, path: join(home, 'unpacked'), ...own }),
      configFiles({ path: join(home, 'app'), files: { 'c/d': 'a' }, ...own }),
    ]
    const first = await runLocally(state, tasks, {}, { transport: asUser(eve, state) })
    expect(first.here.error).toBeUndefined()
    const again = await runLocally(state, tasks, {}, { transport: asUser(eve, state) })
    expect(again.here.error).toBeUndefined()
    expect(again.here.statuses).toMatchObject({ changed: 0, ok: tasks().length })
    const found = spawnSync('find', [home, '!', '-user', name], { encoding: 'utf8' })
    expect(found.stdout).toBe('')
  })
})

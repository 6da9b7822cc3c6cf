/** Configurations of several files, changed on this machine by the very commands that change them on hosts. */

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { configFiles } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { apply, plan } from '../converge.ts'
import { oddNames, temporaryFolder } from '../run-script.ts'

/** Everything below a folder: content, target or mark of a folder, with the mode. */
function snapshot(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => {
        const path = join(folder, name)
        const stats = lstatSync(path)
        const mode = (stats.mode & 0o7777).toString(8)
        if (stats.isSymbolicLink()) return [name, `-> ${readlinkSync(path)}`]
        return [name, `${mode} ${stats.isDirectory() ? '/' : readFileSync(path, 'utf8')}`]
      }),
  )
}

function makeRoot(): string {
  const root = join(temporaryFolder(), "it's a root")
  mkdirSync(join(root, 'sites'), { recursive: true })
  writeFileSync(join(root, 'main.conf'), 'old main')
  chmodSync(join(root, 'main.conf'), 0o640)
  writeFileSync(join(root, 'sites/default'), 'default')
  symlinkSync('../none', join(root, 'sites/link'))
  return root
}

const desired = {
  files: { 'main.conf': 'new main', 'deep/er/new.conf': { content: 'new', mode: '0600' } },
  links: { 'sites/link': '../main.conf', 'on/new': '../deep/er/new.conf' },
  absent: ['sites/default', 'sites/never'],
}
const changed = {
  'main.conf': '640 new main',
  deep: '755 /',
  'deep/er': '755 /',
  'deep/er/new.conf': '600 new',
  on: '755 /',
  'on/new': '-> ../deep/er/new.conf',
  sites: '755 /',
  'sites/link': '-> ../main.conf',
}

describe('configFiles', () => {
  it('changes all, and then finds nothing to change', () => {
    const root = makeRoot()
    const task = configFiles({ path: root, ...desired })
    expect(plan(task).changes.map(({ key }) => key)).toEqual([
      'main.conf',
      'deep/er/new.conf',
      'deep/er/new.conf mode',
      'sites/link',
      'on/new',
      'sites/default',
    ])
    expect(apply(task)).toEqual({ status: 0, said: '' })
    expect(snapshot(root)).toEqual(changed)
    expect(plan(task).changes).toEqual([])
  })

  it('shows the whole as it will be to validate, and to nobody else', () => {
    const root = makeRoot()
    const before = snapshot(root)
    const look = `cd "${root}" && cat main.conf on/new && find . | sort && cat /proc/self/mountinfo | grep -c 040root`
    const refused = apply(configFiles({ path: root, ...desired, validate: `${look}; exit 3` }))
    expect(refused.status).toBe(3)
    const seen = [
      '.',
      './deep',
      './deep/er',
      './deep/er/new.conf',
      './main.conf',
      './on',
      './on/new',
      './sites',
      './sites/link',
    ]
    expect(refused.said).toContain(`new mainnew${seen.join('\n')}\n1\n`)
    expect(refused.said).toContain('were left as they were')
    expect(snapshot(root)).toEqual(before)
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain('040root')
    expect(apply(configFiles({ path: root, ...desired, validate: look })).status).toBe(0)
    expect(snapshot(root)).toEqual(changed)
  })

  it('puts all back when one cannot be switched', () => {
    const root = makeRoot()
    const before = snapshot(root)
    const task = configFiles({ path: root, ...desired, links: { ...desired.links, 'zz/last': 'x' } })
    const failing = 'mv() { case $* in *zz/last) echo no >&2; return 9;; esac; command mv "$@"; }'
    const { status, said } = apply(task, failing)
    expect(status).toBe(9)
    expect(said).toBe(`no\nthe files below ${root} could not be switched and were put back\n`)
    expect(snapshot(root)).toEqual(before)
  })

  it('puts all back when the activation fails, and activates again', () => {
    const root = makeRoot()
    const before = snapshot(root)
    const log = join(root, '../log')
    const activate = `cat "${root}/main.conf" >>"${log}"; ! grep -q new "${root}/main.conf" || { echo bad config; exit 5; }`
    const { status, said } = apply(configFiles({ path: root, ...desired, activate }))
    expect(status).toBe(5)
    expect(said).toContain('bad config')
    expect(said).toContain('were put back and it is run again')
    expect(snapshot(root)).toEqual(before)
    expect(readFileSync(log, 'utf8')).toBe('new mainold main')
  })

  it('says where the old files are when even putting back fails', () => {
    const root = makeRoot()
    const task = configFiles({ path: root, ...desired, activate: 'exit 5' })
    const failing = 'mv() { case $* in *old/*) return 1;; esac; command mv "$@"; }'
    const { status, said } = apply(task, failing)
    expect(status).toBe(1)
    expect(said).toContain(`what was there is in ${root}/.foobar-deploy/old`)
    expect(readFileSync(join(root, '.foobar-deploy/old/main.conf'), 'utf8')).toBe('old main')
  })

  it('finishes what a run that was cut off began', () => {
    const root = makeRoot()
    const task = configFiles({ path: root, ...desired, activate: `touch "${root}/../activated"` })
    const cut = apply(task, 'sync() { case $* in *./on*) read -r pid rest </proc/self/stat; kill -9 $pid;; esac; }')
    expect(cut.status).toBe(137)
    expect(existsSync(join(root, '.foobar-deploy'))).toBe(true)
    expect(existsSync(join(root, '../activated'))).toBe(false)
    expect(plan(task).changes.map(({ key }) => key)).toEqual(['unfinished change'])
    expect(apply(task)).toEqual({ status: 0, said: '' })
    expect(existsSync(join(root, '../activated'))).toBe(true)
    expect(snapshot(root)).toEqual(changed)
    expect(plan(task).changes).toEqual([])
  })

  it('takes any name', () => {
    const root = makeRoot()
    const names = oddNames.flatMap((name) => [name, `in ${name}/${name}`])
    const task = configFiles({
      path: root,
      files: Object.fromEntries(names.map((name) => [name, `of ${name}`])),
      validate: 'true',
    })
    expect(apply(task)).toEqual({ status: 0, said: '' })
    for (const name of names) expect(readFileSync(join(root, name), 'utf8')).toBe(`of ${name}`)
    expect(plan(task).changes).toEqual([])
    expect(apply(configFiles({ path: root, absent: names })).status).toBe(0)
    expect(names.filter((name) => existsSync(join(root, name)))).toEqual([])
  })
})

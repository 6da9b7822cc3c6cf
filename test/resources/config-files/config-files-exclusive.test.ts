/** Folders that belong to a configuration alone, cleared on this machine by the very commands that clear them on hosts. */

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configFiles } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { apply, converge, plan } from '../converge.ts'
import { oddNames, temporaryFolder } from '../run-script.ts'

function makeRoot(): string {
  const root = join(temporaryFolder(), 'a root')
  mkdirSync(join(root, 'sites/old folder/deep'), { recursive: true })
  writeFileSync(join(root, 'sites/old folder/deep/file'), 'deep')
  chmodSync(join(root, 'sites/old folder'), 0o750)
  writeFileSync(join(root, 'sites/old'), 'old')
  writeFileSync(join(root, 'sites/.hidden'), 'hidden')
  writeFileSync(join(root, 'sites/kept'), 'kept')
  symlinkSync('../none', join(root, 'sites/link'))
  writeFileSync(join(root, 'beside'), 'beside')
  return root
}

const listed = (root: string) => readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
const desired = { files: { 'sites/kept': 'kept', 'sites/new': 'new' }, exclusiveIn: ['sites'] }

describe('configFiles with exclusive folders', () => {
  it('removes what is not named, and then finds nothing to change', () => {
    const root = makeRoot()
    expect(plan(configFiles({ path: root, ...desired })).changes.map(({ key, from, to }) => [key, from, to])).toEqual([
      ['sites/new', null, expect.stringContaining('3 bytes')],
      ['sites/.hidden', 'file', null],
      ['sites/link', 'symbolic link to ../none', null],
      ['sites/old', 'file', null],
      ['sites/old folder', 'directory', null],
    ])
    converge(configFiles({ path: root, ...desired }))
    expect(listed(root)).toEqual(['beside', 'sites', 'sites/kept', 'sites/new'])
  })

  it('changes nothing where nothing else lies there, or the folder is not there', () => {
    const root = makeRoot()
    converge(configFiles({ path: root, ...desired }))
    expect(plan(configFiles({ path: root, ...desired })).changes).toEqual([])
    expect(plan(configFiles({ path: root, exclusiveIn: ['nowhere/at all'] })).changes).toEqual([])
  })

  it('shows validate the folder without the others, and leaves them if it refuses', () => {
    const root = makeRoot()
    const before = listed(root)
    const { status, said } = apply(configFiles({ path: root, ...desired, validate: `ls -A "${root}/sites"; exit 3` }))
    expect(status).toBe(3)
    expect(said).toContain('kept\nnew\n')
    expect(said).not.toContain('old')
    expect(listed(root)).toEqual(before)
  })

  it('puts the others back, with all that is in them, when the activation fails', () => {
    const root = makeRoot()
    const before = listed(root)
    const { status } = apply(configFiles({ path: root, ...desired, activate: `! test -e "${root}/sites/new"` }))
    expect(status).toBe(1)
    expect(listed(root)).toEqual(before)
    expect(readFileSync(join(root, 'sites/old folder/deep/file'), 'utf8')).toBe('deep')
  })

  it('puts a folder back of which only a part could be removed', () => {
    const root = makeRoot()
    const before = listed(root)
    const half =
      'rm() { case "$*" in *one-file-system*) command rm -rf "./sites/old folder/deep"; return 4;; esac; command rm "$@"; }'
    const { status, said } = apply(configFiles({ path: root, ...desired }), half)
    expect(said).toContain('were put back')
    expect(status).toBe(4)
    expect(listed(root)).toEqual(before)
  })

  it('leaves folders on the way to what is named, and what lies in them', () => {
    const root = makeRoot()
    converge(configFiles({ path: root, files: { 'sites/old folder/mine': 'x' }, exclusiveIn: ['sites'] }))
    expect(listed(join(root, 'sites'))).toEqual([
      'old folder',
      'old folder/deep',
      'old folder/deep/file',
      'old folder/mine',
    ])
    converge(
      configFiles({ path: root, files: { 'sites/old folder/mine': 'x' }, exclusiveIn: ['sites', 'sites/old folder'] }),
    )
    expect(listed(join(root, 'sites'))).toEqual(['old folder', 'old folder/mine'])
  })

  it('empties a folder of odd names', () => {
    const root = makeRoot()
    for (const name of oddNames) writeFileSync(join(root, 'sites', name), '')
    converge(configFiles({ path: root, exclusiveIn: ['sites'] }))
    expect(listed(root)).toEqual(['beside', 'sites'])
    expect(existsSync(join(root, '.foobar-deploy'))).toBe(false)
  })
})

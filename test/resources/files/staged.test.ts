/** Files that the host makes beside their places: a link that takes such a place at the last moment is not followed. */

import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { swap } from 'foobar-deploy'
import { beforeEach, expect, it } from 'vitest'
import type { Action } from '../../../src/plan/action.ts'
import { writeCertificateFiles } from '../../../src/resources/certificates/certificate-files.ts'
import { moveIntoPlace, stagedPath } from '../../../src/resources/files/write-file.ts'
import { runScript, temporaryFolder } from '../run-script.ts'
import { standIns } from '../stand-in.ts'

let folder: string
let victim: string
const at = (name: string) => join(folder, name)

beforeEach(() => {
  folder = temporaryFolder()
  victim = join(temporaryFolder(), 'victim')
  writeFileSync(victim, 'precious')
})

/** Runs the commands of `actions`; a link comes into the place of `staged` whenever that is removed. */
function runBeside(staged: string, actions: Iterable<Action>): number {
  const rm = `/bin/rm "$@"; case "$*" in *'${staged}'*) [ -e '${at('linked')}' ] || ln -s '${victim}' '${staged}';; esac; : >'${at('linked')}'`
  const { before } = standIns({ rm, mkswap: ':', swapon: ':', swapoff: ':' })
  const commands = [...actions].filter((action) => action.kind === 'command')
  const [status = 0] = commands.map(({ script }) => runScript(script, before).status)
  return status
}

it('a bundle of certificates', () => {
  writeFileSync(at('part'), 'certificate')
  const files = [{ path: at('bundle'), mode: '0644', content: { of: [at('part')] } }]
  expect(runBeside(stagedPath(at('bundle')), writeCertificateFiles(files, 'root:root'))).not.toBe(0)
  expect(readFileSync(victim, 'utf8')).toBe('precious')
  expect(runBeside('no such', writeCertificateFiles(files, 'root:root'))).toBe(0)
  expect(readFileSync(at('bundle'), 'utf8')).toBe('certificate')
})

it.each([
  ['that is allocated', ''],
  ['that is filled', 'exit 1'],
])('a swap file %s', (_, fallocate) => {
  const path = at('swap')
  const { resource } = swap({ path, size: '64K' })
  const changes = [{ key: 'size', from: null, to: 65_536 }]
  const state = { fstab: { path: '/etc/fstab', text: '' }, file: undefined, inUse: undefined }
  const [make] = resource.apply(changes, { path, size: 65_536, state: 'present' }, state as never)
  const actions = [make as Action]
  const { before } = fallocate === '' ? { before: '' } : standIns({ fallocate })
  const made = actions.map((action) => ({ ...action, script: `${before}\n${(action as { script: string }).script}` }))
  expect(runBeside(stagedPath(path), made as Action[])).not.toBe(0)
  expect(readFileSync(victim, 'utf8')).toBe('precious')
  expect(runBeside('no such', made as Action[])).toBe(0)
  expect(readFileSync(path).length).toBe(65_536)
})

it('the copy that becomes a backup where the file can have no second name', () => {
  const path = at('file')
  writeFileSync(path, 'before')
  writeFileSync(stagedPath(path), 'after')
  symlinkSync(victim, `${stagedPath(path)}.bak`)
  const { before } = standIns({ ln: 'exit 1' })
  const current = { uid: 0, gid: 0, owner: 'root', group: 'root', mode: '0644' }
  expect(runScript(moveIntoPlace({ path, current, backup: true }).script, before).status).toBe(0)
  expect(readFileSync(victim, 'utf8')).toBe('precious')
  const [backup = ''] = readdirSync(folder).filter((name) => name.endsWith('.bak'))
  expect([readFileSync(at(backup), 'utf8'), readFileSync(path, 'utf8')]).toEqual(['before', 'after'])
})

/** The resources of files on this machine: applied once they are as desired, applied again they change nothing. */

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { blockInFile, directory, file, lineInFile, Secret, symlink, template } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { writeFile } from '../../../src/resources/files/write-file.ts'
import { apply, converge, plan } from '../converge.ts'
import { oddNames, temporaryFolder } from '../run-script.ts'

const text = (path: string) => readFileSync(path, 'utf8')
const modeOf = (path: string) => (statSync(path).mode & 0o7777).toString(8)

describe('file', () => {
  it('makes, changes and removes files of any name', () => {
    const folder = temporaryFolder()
    for (const name of oddNames) {
      const path = join(folder, name)
      expect(converge(file({ path, content: '' }))).toEqual(['content'])
      expect(converge(file({ path, content: new Secret('test', 'a\0b'), mode: '0640' }))).toEqual(['content', 'mode'])
      expect(text(path)).toBe('a\0b')
      expect(converge(file({ path, mode: '4755', owner: '1234' }))).toEqual(['owner', 'mode'])
      expect(modeOf(path)).toBe('4755')
      expect(converge(file({ path, state: 'absent' }))).toEqual(['state'])
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('writes through links, and in their place on wish', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'real'))
    writeFileSync(join(folder, 'real/file'), 'old')
    chmodSync(join(folder, 'real/file'), 0o600)
    symlinkSync('real/file', join(folder, 'middle'))
    symlinkSync('middle', join(folder, 'link'))
    const path = join(folder, 'link')
    expect(converge(file({ path, content: 'new' }))).toEqual(['content'])
    expect([text(join(folder, 'real/file')), modeOf(path), readlinkSync(path)]).toEqual(['new', '600', 'middle'])
    expect(converge(file({ path, content: 'own', follow: false }))).toEqual(['state', 'content'])
    expect([text(join(folder, 'real/file')), text(path), lstatSync(path).isFile()]).toEqual(['new', 'own', true])
    expect(readdirSync(folder).sort()).toEqual(['link', 'middle', 'real'])
  })

  it('says that a folder is in the way, and that one is missing', () => {
    const folder = temporaryFolder()
    expect(() => plan(file({ path: folder, content: '' }))).toThrow('is a directory')
    expect(() => plan(file({ path: join(folder, 'a/b'), content: '' }))).toThrow(
      `the folder ${folder}/a does not exist`,
    )
  })

  it('needs no root to write what is the own of another user', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'file')
    chownSync(folder, 65_534, 65_534)
    writeFileSync(path, 'old')
    chownSync(path, 65_534, 65_534)
    const current = { uid: 65_534, gid: 65_534, owner: 'nobody', group: 'nogroup', mode: '0644' }
    const [receive, command] = [...writeFile({ path, content: 'new', current })]
    if (receive?.kind !== 'receive' || command?.kind !== 'command') throw new Error('not two actions')
    const script = `umask 077; printf new >'${receive.path}'; ( ${command.script}\n)`
    const asNobody = ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-c', script]
    const { status, stderr } = spawnSync('setpriv', asNobody, { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect([text(path), statSync(path).uid, modeOf(path)]).toEqual(['new', 65_534, '644'])
  })
})

describe('template', () => {
  it('renders beside the file that declares it', () => {
    const path = join(temporaryFolder(), 'nginx.conf')
    const from = './template/templates/nginx.conf.ejs'
    expect(converge(template({ path, from, with: { workerConnections: 512 } }))).toEqual(['content'])
    expect(text(path)).toBe('worker_connections 512;\n')
  })
})

describe('directory', () => {
  it('makes folders with their mode, sets and clears special bits, and removes them', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'a b/-c')
    expect(() => plan(directory({ path }))).toThrow('does not exist')
    expect(converge(directory({ path, parents: true, mode: '2770', group: '1234' }))).toEqual([
      'state',
      'group',
      'mode',
    ])
    expect([modeOf(path), statSync(path).gid, modeOf(join(folder, 'a b'))]).toEqual(['2770', 1234, '755'])
    expect(converge(directory({ path, mode: '0755' }))).toEqual(['mode'])
    expect(modeOf(path)).toBe('755')
    writeFileSync(join(path, 'file'), '')
    expect(apply(directory({ path, state: 'absent' }))).toMatchObject({ status: 1 })
    expect(converge(directory({ path, state: 'absent', recursive: true }))).toEqual(['state'])
    expect(converge(directory({ path: join(folder, 'a b'), state: 'absent' }))).toEqual(['state'])
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('symlink', () => {
  it('makes, switches and removes links, also those to folders', () => {
    const folder = temporaryFolder()
    const path = join(folder, 'current')
    for (const target of ['old', 'new', 'in new']) mkdirSync(join(folder, target))
    for (const target of ['old', 'new', '-n it\'s\n"odd"', 'in new']) {
      expect(converge(symlink({ path, target }))).toEqual(['target'])
      expect(readlinkSync(path)).toBe(target)
    }
    expect(converge(symlink({ path, state: 'absent' }))).toEqual(['state'])
    expect(readdirSync(folder).sort()).toEqual(['in new', 'new', 'old'])
    expect(readdirSync(join(folder, 'new'))).toEqual([])
  })
})

describe('lineInFile and blockInFile', () => {
  it('edit a file and leave the rest of it and its owner alone', () => {
    const path = join(temporaryFolder(), 'odd $name')
    writeFileSync(path, 'Port 22\n#Root yes\n')
    chownSync(path, 1234, 4321)
    chmodSync(path, 0o600)
    expect(converge(lineInFile({ path, match: /^#?Root/, line: 'Root no' }))).toEqual(['line'])
    expect(converge(blockInFile({ path, name: 'x', block: 'a\nb' }))).toEqual(['block'])
    expect(text(path)).toBe('Port 22\nRoot no\n# BEGIN foobar-deploy x\na\nb\n# END foobar-deploy x\n')
    expect(converge(blockInFile({ path, name: 'x', state: 'absent' }))).toEqual(['block'])
    expect(converge(lineInFile({ path, line: 'Port 22', state: 'absent' }))).toEqual(['line'])
    expect([text(path), statSync(path).uid, modeOf(path)]).toEqual(['Root no\n', 1234, '600'])
  })

  it('do not overwrite what came between reading and writing', () => {
    const path = join(temporaryFolder(), 'file')
    writeFileSync(path, 'a\n')
    const { status, said } = apply(lineInFile({ path, line: 'b' }), `echo theirs >>'${path}'`)
    expect(status).toBe(1)
    expect(said).toContain('was changed by somebody else')
    expect(text(path)).toBe('a\ntheirs\n')
  })
})

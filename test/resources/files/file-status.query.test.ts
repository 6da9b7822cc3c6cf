/** The status of files as this machine tells it. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getuid } from 'node:process'
import { describe, expect, it } from 'vitest'
import { fileStatusQuery } from '../../../src/resources/files/file-status.query.ts'
import { ask, oddNames, programsOf, runScript, temporaryFolder } from '../run-script.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const status = (path: string, wishes = {}) => ask(fileStatusQuery, [{ path, ...wishes }])[0]

describe('file-status', () => {
  it('tells files with odd names, their checksums and links of odd targets', () => {
    const folder = temporaryFolder()
    const operands = oddNames.flatMap((name, index) => {
      writeFileSync(join(folder, name), `content ${index}`)
      chmodSync(join(folder, name), 0o4750)
      symlinkSync(name, join(folder, `link ${name}`))
      return [
        { path: join(folder, name), checksum: true },
        { path: join(folder, `link ${name}`), checksum: index % 2 === 0, follow: index % 3 === 0 },
      ]
    })
    const answers = ask(fileStatusQuery, operands)
    for (const [index, name] of oddNames.entries()) {
      const content = {
        kind: 'file',
        mode: '4750',
        size: `content ${index}`.length,
        sha256: sha256(`content ${index}`),
      }
      expect(answers[2 * index]).toMatchObject(content)
      const link = answers[2 * index + 1]
      expect(link).toMatchObject({ kind: 'symlink', target: name })
      const followed = { path: join(folder, name), status: { kind: 'file', mode: '4750' } }
      if (index % 3 === 0) expect(link).toMatchObject({ destination: followed })
      else expect(link).not.toHaveProperty('destination')
      if (index % 6 === 0) expect(link).toMatchObject({ destination: { status: content } })
      expect(link).not.toHaveProperty('sha256')
    }
  })

  it('tells empty files, folders, devices, links to nothing and the ways of being absent', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'empty'), '')
    chmodSync(join(folder, 'empty'), 0o007)
    mkdirSync(join(folder, 'folder'))
    chmodSync(join(folder, 'folder'), 0o2755)
    symlinkSync('nowhere/x', join(folder, 'dangling'))
    symlinkSync('loop', join(folder, 'loop'))
    expect(status(join(folder, 'empty'), { checksum: true })).toMatchObject({
      mode: '0007',
      size: 0,
      sha256: sha256(''),
    })
    expect(status(join(folder, 'folder'), { checksum: true })).toMatchObject({ kind: 'directory', mode: '2755' })
    expect(status('/dev/zero', { checksum: true })).toMatchObject({ kind: 'other', owner: 'root', uid: 0, gid: 0 })
    expect(status('/')).toMatchObject({ kind: 'directory', parentExists: true })
    expect(status(join(folder, 'dangling'), { follow: true })).toMatchObject({
      kind: 'symlink',
      target: 'nowhere/x',
      destination: { path: join(folder, 'nowhere/x'), status: undefined },
    })
    expect(status(join(folder, 'loop'), { follow: true })).toMatchObject({ destination: { status: undefined } })
    expect(status(join(folder, 'no'))).toEqual({ kind: 'absent', parentExists: true })
    expect(status(join(folder, 'no/no/no'))).toEqual({ kind: 'absent', parentExists: false })
    expect(status(join(folder, 'empty/no'))).toEqual({ kind: 'absent', parentExists: false, parentIsNoFolder: true })
    expect(status('/nowhere at all')).toEqual({ kind: 'absent', parentExists: true })
  })

  it('gives the number where there is no name', () => {
    expect(getuid?.(), 'this test needs root').toBe(0)
    const path = join(temporaryFolder(), 'file')
    writeFileSync(path, '')
    chownSync(path, 54_321, 54_322)
    expect(status(path)).toMatchObject({ owner: '54321', group: '54322', uid: 54_321, gid: 54_322 })
  })

  it('tells what a user may not see from what is absent, and gives no checksum of what it may not read', () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o755)
    mkdirSync(join(folder, 'closed/below'), { recursive: true })
    chmodSync(join(folder, 'closed'), 0o700)
    writeFileSync(join(folder, 'secret'), 'x')
    chmodSync(join(folder, 'secret'), 0o600)
    const operands = ['closed/x', 'closed/below/x', 'closed/none/x', 'none/x', 'secret'].map((name) => ({
      path: join(folder, name),
      checksum: true,
    }))
    const { stdout, stderr } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', 'sh', '-s'], {
      input: fileStatusQuery.script(operands),
    })
    expect(stderr.toString()).toBe('')
    const hidden = { kind: 'hidden', parentExists: false }
    const answers = fileStatusQuery.parse({ status: 0, stdout, stderr }, operands)
    expect(answers.slice(0, 4)).toEqual([hidden, hidden, hidden, { kind: 'absent', parentExists: false }])
    expect(answers[4]).toMatchObject({ kind: 'file', mode: '0600' })
    expect(answers[4]).not.toHaveProperty('sha256')
  })

  it('answers for 3,000 paths with one stat and one sha256sum', () => {
    const folder = temporaryFolder()
    const operands = Array.from({ length: 3000 }, (_, index) => ({
      path: join(folder, `file ${index}`),
      checksum: true,
    }))
    for (const { path } of operands.slice(0, 1500)) writeFileSync(path, path)
    const answers = ask(fileStatusQuery, operands)
    for (const [index, { path }] of operands.entries()) {
      const expected = index < 1500 ? { kind: 'file', sha256: sha256(path) } : { kind: 'absent', parentExists: true }
      expect(answers[index]).toMatchObject(expected)
    }
    const programs = ['stat', 'sha256sum', 'readlink']
    expect(programsOf(fileStatusQuery.script(operands), programs)).toEqual(['stat', 'sha256sum'])
    expect(programsOf(fileStatusQuery.script(operands.slice(1500)), programs)).toEqual([])
    const links = ['one', 'two'].map((name) => join(folder, name))
    for (const path of links) symlinkSync('file 1', path)
    const unfollowed = links.map((path) => ({ path, checksum: true }))
    expect(programsOf(fileStatusQuery.script(unfollowed), programs)).toEqual(['stat', 'readlink'])
    const followed = links.map((path) => ({ path, checksum: true, follow: true }))
    const most = ['stat', 'stat', 'readlink', 'readlink', 'sha256sum']
    expect(programsOf(fileStatusQuery.script(followed), programs)).toEqual(most)
  })

  it('does not take the answer of a host without stat for absence', () => {
    const operands = [{ path: '/etc/passwd' }]
    const output = runScript(fileStatusQuery.script(operands), 'stat() { echo "stat: not found" >&2; return 127; }')
    expect(() => fileStatusQuery.parse(output, operands)).toThrow('cannot be understood')
    const otherwise = runScript(
      fileStatusQuery.script(operands),
      'stat() { command stat "$@" | sed s/passwd/PASSWD/; }',
    )
    expect(() => fileStatusQuery.parse(otherwise, operands)).toThrow('cannot be understood')
    const nothing = { status: 127, stdout: Buffer.alloc(0), stderr: Buffer.from('sh: broken') }
    expect(() => fileStatusQuery.parse(nothing, operands)).toThrow('sh: broken')
  })
})

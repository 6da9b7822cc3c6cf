/** The entries of folders as this machine tells them. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderEntriesQuery } from '../../../src/resources/files/folder-entries.query.ts'
import { ask, oddNames, programsOf, temporaryFolder } from '../run-script.ts'

describe('folder-entries', () => {
  it('tells files, links, folders and others under any name, in folders of any name', () => {
    const top = temporaryFolder()
    const folders = oddNames.map((name) => join(top, name))
    for (const folder of folders) {
      mkdirSync(folder)
      for (const name of oddNames) writeFileSync(join(folder, name), '')
      mkdirSync(join(folder, '.hidden'))
      mkdirSync(join(folder, '.hidden/deeper'))
      symlinkSync('no\nwhere -> x', join(folder, '..double'))
    }
    const expected = [
      ...oddNames.map((name) => ({ name, kind: 'file' })),
      { name: '.hidden', kind: 'directory' },
      { name: '..double', kind: 'symlink', target: 'no\nwhere -> x' },
    ].sort((left, right) => (left.name < right.name ? -1 : 1))
    expect(ask(folderEntriesQuery, folders)).toEqual(folders.map(() => ({ kind: 'folder', entries: expected })))
  })

  it('tells empty folders, links to folders, and what is no folder or not there', () => {
    const top = temporaryFolder()
    mkdirSync(join(top, 'empty'))
    mkdirSync(join(top, 'full'))
    writeFileSync(join(top, 'full/file'), '')
    symlinkSync('full', join(top, 'link'))
    symlinkSync('none', join(top, 'dangling'))
    const names = ['empty', 'link', 'dangling', 'full/file', 'full/file/below', 'none/below']
    expect(
      ask(
        folderEntriesQuery,
        names.map((name) => join(top, name)),
      ),
    ).toEqual([
      { kind: 'folder', entries: [] },
      { kind: 'folder', entries: [{ name: 'file', kind: 'file' }] },
      { kind: 'no-folder' },
      { kind: 'no-folder' },
      { kind: 'no-folder' },
      { kind: 'absent' },
    ])
    expect(ask(folderEntriesQuery, ['/dev'])[0]).toMatchObject({ kind: 'folder' })
  })

  it('says which name is no UTF-8', () => {
    const top = temporaryFolder()
    writeFileSync(Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0x61, 0xff])]), '')
    expect(ask(folderEntriesQuery, [top])).toEqual([{ kind: 'odd-name', name: 'a\xff' }])
  })

  it('is two processes for any number of folders', () => {
    const top = temporaryFolder()
    const folders = Array.from({ length: 50 }, (_, index) => join(top, `folder ${index}`))
    for (const folder of folders) {
      mkdirSync(folder)
      for (const name of ['a', 'b']) symlinkSync('x', join(folder, name))
    }
    expect(programsOf(folderEntriesQuery.script(folders), ['stat', 'readlink', 'find', 'ls'])).toEqual([
      'stat',
      'readlink',
    ])
  })
})

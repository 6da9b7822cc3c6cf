/** The content of files as this machine tells it. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileContentQuery, largestFetched } from '../../../src/resources/files/file-content.query.ts'
import { ask, oddNames, programsOf, runScript, temporaryFolder } from '../run-script.ts'

const programs = ['stat', 'cat']

describe('file-content', () => {
  it('gives the bytes of many files, whatever they hold and are called, in three processes', () => {
    const folder = temporaryFolder()
    const contents = ['', '\0', 'x\0\0', 'no newline', 'newline\n', '\n\n', 'ü\n', '12,1,1.0 ']
    const paths = oddNames.map((name) => join(folder, name))
    for (const [index, path] of paths.entries()) writeFileSync(path, contents[index % contents.length] ?? '')
    const bytes = Buffer.from([0, 255, 254, 10, 0])
    writeFileSync(join(folder, 'bytes'), bytes)
    const asked = [...paths, join(folder, 'none'), join(folder, 'bytes')]
    const answers = ask(fileContentQuery, asked)
    for (const index of paths.keys()) {
      expect(answers[index]).toEqual({ kind: 'file', bytes: Buffer.from(contents[index % contents.length] ?? '') })
    }
    expect(answers.slice(paths.length)).toEqual([{ kind: 'absent' }, { kind: 'file', bytes }])
    expect(programsOf(fileContentQuery.script(asked), programs).sort()).toEqual(['cat', 'stat', 'stat'])
    expect(programsOf(fileContentQuery.script([join(folder, 'none')]), programs)).toEqual([])
  })

  it('follows links, and says why there is no content', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), 'content')
    writeFileSync(join(folder, 'large'), Buffer.alloc(largestFetched + 1))
    writeFileSync(join(folder, 'just right'), Buffer.alloc(largestFetched, 'a'))
    mkdirSync(join(folder, 'folder'))
    symlinkSync('file', join(folder, 'link'))
    symlinkSync('nowhere', join(folder, 'dangling'))
    const names = ['link', 'large', 'just right', 'folder', 'dangling', 'none/x', 'file/x']
    expect(
      ask(
        fileContentQuery,
        names.map((name) => join(folder, name)),
      ),
    ).toEqual([
      { kind: 'file', bytes: Buffer.from('content') },
      { kind: 'refused', reason: 'it is larger than 1 MiB (1048577 bytes)' },
      { kind: 'file', bytes: Buffer.alloc(largestFetched, 'a') },
      { kind: 'refused', reason: 'it is no regular file' },
      { kind: 'absent' },
      { kind: 'absent' },
      { kind: 'refused', reason: 'a part of its path is no directory' },
    ])
  })

  it('notices a file that changes while it is read', () => {
    const folder = temporaryFolder()
    const paths = ['first', 'second'].map((name) => join(folder, name))
    const moved = { kind: 'refused', reason: 'it changed while it was being read' }
    const race = (change: string) => {
      for (const path of paths) writeFileSync(path, 'content')
      const output = runScript(fileContentQuery.script(paths), `cd '${folder}'; cat() { ${change}; command cat "$@"; }`)
      return fileContentQuery.parse(output, paths)
    }
    expect(race('echo more >>second')).toEqual([moved, moved])
    expect(race('printf CONTENT >second')).toEqual([{ kind: 'file', bytes: Buffer.from('content') }, moved])
    expect(race('rm first')).toEqual([moved, moved])
  })
})

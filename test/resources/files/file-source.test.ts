/** What files are to hold: what is shown of it, and local files that are streamed. */

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { contentChange, largestText, localSource, sourceOf } from '../../../src/resources/files/file-source.ts'
import { temporaryFolder } from '../run-script.ts'

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

describe('sourceOf', () => {
  it('shows text, and neither bytes, nor much, nor secrets', () => {
    expect(sourceOf('ü\n')).toEqual({ content: 'ü\n', sha256: sha256('ü\n'), size: 3, text: 'ü\n' })
    expect(sourceOf(Buffer.from('text')).text).toBe('text')
    expect(sourceOf(Buffer.from([0xff])).text).toBeUndefined()
    expect(sourceOf('a\0').text).toBeUndefined()
    expect(sourceOf('a'.repeat(largestText)).text).toHaveLength(largestText)
    expect(sourceOf('a'.repeat(largestText + 1)).text).toBeUndefined()
    const secret = sourceOf(new Secret('test', 'correct horse'))
    expect(secret).toMatchObject({ sha256: sha256('correct horse'), size: 13 })
    expect(secret.text).toBeUndefined()
    const change = contentChange('/x', { size: 1, sha256: sha256('1') }, secret)
    expect(change).toEqual({ key: 'content', from: 'secret', to: 'secret' })
  })
})

describe('localSource', () => {
  it('holds small files and streams large ones', () => {
    const folder = temporaryFolder()
    const large = Buffer.alloc(largestText * 3 + 5, 'large')
    writeFileSync(join(folder, 'small'), 'small')
    writeFileSync(join(folder, 'large'), large)
    expect(localSource(join(folder, 'small'), undefined)).toMatchObject({ size: 5, text: 'small' })
    const source = localSource(join(folder, 'large'), undefined)
    const content = { file: join(folder, 'large'), size: large.length }
    expect(source).toEqual({ content, size: large.length, sha256: sha256(large) })
    expect(localSource(join(folder, 'large'), undefined)).toEqual(source)
    large[7] = 0
    writeFileSync(join(folder, 'large'), Buffer.concat([large, large]))
    expect(localSource(join(folder, 'large'), undefined).sha256).toBe(sha256(Buffer.concat([large, large])))
  })

  it('says what is wrong with a file, and where it is asked for', () => {
    const at = { file: '/role.ts', line: 3 }
    const failing = (path: string) => {
      try {
        return localSource(path, at)
      } catch (thrown) {
        return thrown
      }
    }
    expect(failing('/nowhere/x')).toMatchObject({ code: 'file-unreadable', family: 'definition', at })
    expect(failing('/tmp')).toMatchObject({ detail: '/tmp is no regular file' })
  })
})

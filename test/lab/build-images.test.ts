/** Builds that fail say why: no room, a package that is not there, or where the whole output is. */

import { describe, expect, it } from 'vitest'
import { checkFreeSpace, imageFailure } from '../../src/lab/build-images.ts'

describe('checkFreeSpace', () => {
  it('asks for room before an image is built', () => {
    expect(() => checkFreeSpace(4 * 1024 ** 3, '/cache')).not.toThrow()
    expect(() => checkFreeSpace(100 * 1024 ** 2, '/cache')).toThrow('100 MiB are free in /cache, an image needs 3072')
  })
})

describe('imageFailure', () => {
  it.each([
    ['lab-disk-full', 'dpkg: error: cannot write: No space left on device', /Make room/],
    ['lab-image-failed', 'E: Unable to locate package ngnix', /Correct the package name ngnix\./],
    ['lab-image-failed', 'E: something else', /All that was written is in \/log\./],
  ])('gives %s', (code, tail, hint) => {
    const failure = imageFailure('sid-1', '/log', tail)
    expect(failure).toMatchObject({ family: 'environment', code })
    expect(failure.hint).toMatch(hint)
    expect(failure.detail).toContain(tail)
  })
})

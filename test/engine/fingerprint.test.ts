/** Fingerprints of this machine's own files: what of a file is seen. */

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { compareFingerprints, fingerprintScript, parseFingerprint } from '../../src/engine/fingerprint.ts'
import { temporaryFolder } from '../resources/run-script.ts'

it('tells mode, owner and size of a file before and after', () => {
  const folder = temporaryFolder()
  const path = join(folder, 'file')
  writeFileSync(path, 'four', { mode: 0o640 })
  // The usual folders are of no matter here, and large.
  const script = fingerprintScript([folder]).replace(/for x in .*?;/, `for x in '${folder}';`)
  const take = () => parseFingerprint(spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout)
  const before = take()
  expect(compareFingerprints(before, take())).toEqual([])
  chmodSync(path, 0o666)
  chownSync(path, 65_534, 65_534)
  const [moved, ...rest] = compareFingerprints(before, take())
  expect(rest).toEqual([])
  expect(moved?.what).toBe(`file ${path}`)
  expect(moved?.before).toMatch(/^f inode \d+ mode 640 owner 0:0 size 4 written /)
  expect(moved?.after).toMatch(/^f inode \d+ mode 666 owner 65534:65534 size 4 written /)
})

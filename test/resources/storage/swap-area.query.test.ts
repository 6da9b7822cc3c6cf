/** Swap files on this machine. */

import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { swapAreaQuery } from '../../../src/resources/storage/swap-area.query.ts'
import { ask, oddNames, temporaryFolder } from '../run-script.ts'

it('tells swap files from others by their signature, whatever they are called', () => {
  const folder = temporaryFolder()
  const paths = oddNames.map((name) => join(folder, name))
  for (const [index, path] of paths.entries()) {
    writeFileSync(path, Buffer.alloc(65_536), { mode: 0o600 })
    if (index % 2 === 0) expect(spawnSync('mkswap', ['--', path]).status).toBe(0)
  }
  const missing = join(folder, 'missing')
  expect(ask(swapAreaQuery, [...paths, missing, folder])).toEqual([
    ...paths.map((_, index) => ({ isMade: index % 2 === 0 })),
    {},
    {},
  ])
})

it('reads the priorities of those in use', () => {
  const stdout =
    'Filename\tType\tSize\tUsed\tPriority\n/swap\\040one file\t1020\t0\t-2\n/dev/vdb partition 1 0 5\nmade\nnone\n'
  const output = { status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') }
  expect(swapAreaQuery.parse(output, ['/swap one', '/other'])).toEqual([{ isMade: true, inUse: { priority: -2 } }, {}])
})

/** When the limit of inotify instances is raised, on a file in place of the kernel's setting. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { LabEvent } from '../../src/lab/index.ts'
import { raiseInotifyLimit } from '../../src/lab/inotify.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inotify-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function raised(before: string): Promise<{ readonly after: string; readonly events: LabEvent[] }> {
  const path = join(folder, 'max_user_instances')
  writeFileSync(path, before)
  const events: LabEvent[] = []
  await raiseInotifyLimit((event) => events.push(event), path)
  return { after: readFileSync(path, 'utf8'), events }
}

it('is raised where a dozen hosts would exhaust it, which is told', async () => {
  const told = { type: 'limit-raised', limit: 'fs.inotify.max_user_instances', from: 128, to: 1024 }
  expect(await raised('128\n')).toEqual({ after: '1024\n', events: [told] })
})

it('is left alone where it is high enough', async () => {
  expect(await raised('8192\n')).toEqual({ after: '8192\n', events: [] })
  expect(await raised('1024\n')).toEqual({ after: '1024\n', events: [] })
})

it('does not stop a lab on a machine that does not let it be changed', async () => {
  const events: LabEvent[] = []
  await raiseInotifyLimit((event) => events.push(event), join(folder, 'missing', 'setting'))
  expect(events).toEqual([])
})

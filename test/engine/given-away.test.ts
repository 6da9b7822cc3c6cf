/** Tasks of root that would write into folders given to another user are found before any host is asked. */

import { expect, it } from 'vitest'
import { artifact, copyTree, directory, file, localArtifact, type TaskList } from '../../src/index.ts'
import { temporaryFolder } from '../resources/run-script.ts'
import { rollLocally } from './local-run.ts'

const given = { path: '/srv/app', owner: 'app' }

async function problemOf(tasks: () => TaskList, become: string | false = 'root'): Promise<string | undefined> {
  const { result } = await rollLocally(temporaryFolder(), ['a'], { become }, tasks, { mode: 'plan' }).catch(
    (error) => ({
      result: { recap: { a: { error: error as Error } } },
    }),
  )
  const { error } = result.recap.a as { error?: Error }
  return error?.message
}

it.each<[string, () => TaskList]>([
  ['a file', () => [directory(given), file({ path: '/srv/app/x', content: '' })]],
  ['a tree', () => [directory(given), copyTree({ from: '.', path: '/srv/app' })]],
  ['a tree that it gives away itself', () => [copyTree({ from: '.', ...given })]],
  [
    'a folder that was unpacked',
    () => [
      artifact({ from: localArtifact({ folder: '.', build: ':' }), ...given }),
      file({ path: '/srv/app/a/b', mode: '0600' }),
    ],
  ],
])('%s', async (_name, tasks) => {
  const message = await problemOf(tasks)
  expect(message).toContain('would make root write in /srv/app, which belongs to app')
  expect(message).toContain("become: 'app'")
})

it.each<[string, () => TaskList]>([
  ['as that user', () => [directory(given), file({ path: '/srv/app/x', content: '', become: 'app' })]],
  ['where the task allows it', () => [directory(given), file({ path: '/srv/app/x', content: '', unsafePath: true })]],
  ['beside the folder', () => [directory(given), file({ path: '/srv/app-x', content: '' })]],
  [
    'after it was taken back',
    () => [directory(given), directory({ ...given, owner: 'root' }), file({ path: '/srv/app/x', content: '' })],
  ],
])('is fine %s', async (_name, tasks) => {
  expect((await problemOf(tasks)) ?? '').not.toContain('would make root write')
})

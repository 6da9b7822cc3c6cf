/** A user of tasks who is made by an earlier task: the shell of that user is asked for again when it is there. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { command, file, user } from '../../../src/index.ts'
import type { Transport } from '../../../src/transport/transport.ts'
import { endings, runLocally } from '../local-run.ts'
import { transportWithStateIn } from '../own-state.ts'

const name = 'foobar-later'
let folder: string
let state: string
const at = (path: string) => join(folder, path)
const make = () => command({ title: 'make the user', run: `touch ${at('made')}`, creates: at('made') })
const asUser = () => file({ title: 'as the user', path: at('file'), content: 'x', become: name })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'later-user-'))
  state = mkdtempSync(join(tmpdir(), 'later-user-state-'))
})
afterEach(() => {
  for (const path of [folder, state]) rmSync(path, { recursive: true, force: true })
})

/** A way to a host on which the user is there once a file is; counts how often the user was asked for. */
function withLaterUser(): { transport: Transport; asked: () => number } {
  const local = transportWithStateIn(state)
  let asked = 0
  const transport: Transport = {
    async connect(target, signal) {
      const connection = await local.connect(target, signal)
      return {
        ...connection,
        open: (text, listener) => {
          const shell = new RegExp(`^exec sudo .*?-u '?${name}'? -- `).exec(text)
          if (!shell) return connection.open(text, listener)
          asked += 1
          const refusal = `echo 'sudo: unknown user ${name}' >&2; exit 1`
          return connection.open(existsSync(at('made')) ? `exec ${text.slice(shell[0].length)}` : refusal, listener)
        },
      }
    },
  }
  return { transport, asked: () => asked }
}

it('does its tasks once it is made', async () => {
  const { transport } = withLaterUser()
  const { events, result } = await runLocally(state, () => [make(), asUser()], {}, { transport })
  expect(endings(events)).toEqual(['changed make the user', 'changed as the user'])
  expect(result.exitCode).toBe(0)
})

it('fails the task, not those before it, where nobody makes it', async () => {
  const { transport } = withLaterUser()
  const before = () => file({ title: 'before', path: at('before'), content: 'x' })
  const plan = await runLocally(state, () => [before(), asUser()], { mode: 'plan' })
  const { events, here, result } = await runLocally(state, () => [before(), asUser()], {}, { transport })
  expect(endings(events)).toEqual(['changed before', 'failed as the user'])
  expect(result.exitCode).toBe(4)
  expect({ ...plan.here.error }).toEqual({ ...here.error })
  expect(here.error).toMatchObject({
    code: 'become-refused',
    task: 'as the user',
    detail: `there is no user ${name}`,
  })
})

it('is what a plan waits for, by the task that makes it', async () => {
  const tasks = () => [file({ path: at('before'), content: 'x' }), user({ name }), asUser()]
  const { events, result } = await runLocally(state, tasks, { mode: 'plan' })
  const last = events.findLast((event) => event.type === 'task-finished')
  expect(last?.reason).toMatch(
    new RegExp(`^unknown until applied: user ${name} \\(The login user may not become ${name}: .*\\)$`),
  )
  expect(result.exitCode).toBe(0)
})

it('is not asked for again while nothing has changed', async () => {
  const { transport, asked } = withLaterUser()
  await runLocally(state, () => [asUser()], {}, { transport })
  expect(asked()).toBe(1)
})

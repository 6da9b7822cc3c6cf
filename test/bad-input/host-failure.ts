/** What is expected of a run in which a host fails, judged in the text that people read and in the data that programs do. */

import { relative } from 'node:path'
import { expect } from 'vitest'
import { type FoobarDeployError, formatLocation } from '../../src/errors.ts'
import { jsonLineSchema } from '../../src/report/json-schema.ts'
import { type Ended, foobarDeploy } from '../cli/command.ts'

/** A failure as it must be told. */
export interface HostFailure {
  /** 2 where a task failed, 4 where the host was not reached. */
  readonly exitCode: 2 | 4
  readonly code: string
  /** What was found. */
  readonly says: readonly RegExp[]
  /** The title of the task that failed. */
  readonly task?: RegExp
  /** `file:line` of that task. */
  readonly at?: string
  readonly hint: RegExp
}

const command = ['apply', 'inventory/dev.ts', '--limit', 'web1']

/** Applies the project in `folder` twice, reported as text and as data: both must tell `failure`. Gives the text. */
export async function expectHostFailure(folder: string, failure: HostFailure): Promise<string> {
  const text = await foobarDeploy(command, { folder, hasTerminal: false })
  expectText(text, failure)
  expectData(await foobarDeploy([...command, '--output', 'json'], { folder, hasTerminal: false }), folder, failure)
  return text.stdout
}

function expectText({ code: exitCode, stdout, stderr }: Ended, failure: HostFailure): void {
  const { code, says, task, at, hint } = failure
  const [, recap = ''] = /^host .*\n((?:.*\n)+)/m.exec(stdout) ?? []
  expect(recap).toMatch(new RegExp(`^error\\[${code}\\]: `, 'm'))
  for (const words of says) expect(recap).toMatch(words)
  const place = /^ {2}on web1(?:, in (.+))?$/m.exec(recap)
  expect(place?.[0]).toBeDefined()
  if (task) expect(place?.[1]).toMatch(task)
  if (at) expect(recap).toMatch(new RegExp(`^ {2}at ${at}(:\\d+)?$`, 'm'))
  expect(/^ {2}hint: (.*)$/m.exec(recap)?.[1]).toMatch(hint)
  expect({ exitCode, stderr }).toEqual({ exitCode: failure.exitCode, stderr: '' })
}

function expectData({ code: exitCode, stdout, stderr }: Ended, folder: string, failure: HostFailure): void {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => jsonLineSchema.parse(JSON.parse(line)) as never as Line)
  const last = lines.at(-1)
  const error = last?.recap?.web1?.error
  expect(last).toMatchObject({ type: 'run-finished', exitCode: failure.exitCode })
  expect(lines.find(({ type }) => type === 'host-failed')?.error).toEqual(error)
  expect(error).toMatchObject({
    code: failure.code,
    family: failure.exitCode === 4 ? 'unreachable' : 'task',
    host: 'web1',
    hint: expect.stringMatching(failure.hint),
    ...(failure.task ? { task: expect.stringMatching(failure.task) } : {}),
  })
  const place = error?.at && formatLocation({ ...error.at, file: relative(folder, error.at.file) })
  if (failure.at) expect(place).toMatch(new RegExp(`^${failure.at}(:|$)`))
  expect({ exitCode, stderr }).toEqual({ exitCode: failure.exitCode, stderr: '' })
}

interface Line {
  readonly type: string
  readonly error?: FoobarDeployError
  readonly recap?: Readonly<Record<string, { readonly error?: FoobarDeployError }>>
}

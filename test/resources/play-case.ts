/** What a resource makes of a case: its task, its state, its changes, its commands; and whether the shell can read them. */

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { Secret } from 'foobar-deploy'
import { makeTask } from '../../src/model/task.ts'
import type { Task } from '../../src/model/task-tree.ts'
import type { Action, Content } from '../../src/plan/action.ts'
import type { Queries, Query } from '../../src/plan/query.ts'
import type { AnyResource } from '../../src/plan/resource.ts'
import { bytesOf, type Case, type CaseOutput, revive } from './case.ts'

/** The task of a case, as if it were written in a file beside it. */
export function taskOf(resource: AnyResource, path: string, { desired, at = '.' }: Case): Task {
  return makeTask(resource, revive(desired) as object, { file: join(dirname(path), at, 'role.ts'), line: 1 })
}

/** The queries by kind, each once, in the order in which they are asked. */
export function queriesByKind(task: Task): Map<string, Query<unknown>[]> {
  const queries: Queries = task.resource.read(task.desired)
  const unique = new Map(Object.values(queries).map((query) => [query.key, query]))
  return Map.groupBy(unique.values(), ({ kind }) => kind.name)
}

/** The state that the outputs tell of, or an Unavailable. Outputs that nobody asked for, and lacking ones, are errors. */
export function stateOf(task: Task, outputs: Readonly<Record<string, CaseOutput>>): unknown {
  const asked = queriesByKind(task)
  if ([...asked.keys()].sort().join() !== Object.keys(outputs).sort().join()) {
    throw new Error(`asked is ${[...asked.keys()]}, the case has ${Object.keys(outputs)}`)
  }
  const answers = new Map<string, unknown>()
  for (const [kind, queries] of asked) {
    const { status, stdout, stderr } = outputs[kind] as CaseOutput
    const output = { status, stdout: bytesOf(stdout), stderr: bytesOf(stderr) }
    const parsed = queries[0]?.kind.parse(
      output,
      queries.map(({ operand }) => operand),
    )
    if (parsed?.length !== queries.length)
      throw new Error(`${kind} gave ${parsed?.length} answers to ${queries.length}`)
    for (const [index, query] of queries.entries()) answers.set(query.key, parsed[index])
  }
  const named = Object.entries(task.resource.read(task.desired) as Queries)
  return task.resource.parse(Object.fromEntries(named.map(([name, { key }]) => [name, answers.get(key)])), task.desired)
}

/** The scripts that read. */
export function readScripts(task: Task): string[] {
  return [...queriesByKind(task).values()].map(
    (queries) => queries[0]?.kind.script(queries.map((one) => one.operand)) ?? '',
  )
}

/** The actions that carry out `changes`. */
export function actionsOf(
  { resource, desired }: Task,
  current: unknown,
  changes: ReturnType<AnyResource['diff']>,
): Action[] {
  return [...(resource.applyTogether?.([{ desired, current, changes }]) ?? resource.apply(changes, desired, current))]
}

/** An action as a case has it. */
export function show(action: Action): string | { script: string; input: string | { base64: string } } {
  if (action.kind === 'receive') {
    const { path, content } = action
    const isMade = typeof content === 'object' && 'make' in content
    // How long a signature is differs from one to the next.
    const isSigned = typeof content === 'string' && content.startsWith('-----BEGIN CERTIFICATE-----')
    const what = isSigned ? 'a certificate' : isMade ? 'made when it is sent' : `${sizeOf(content)} bytes`
    return `receive ${path} ${what}`
  }
  if (action.input === undefined) return action.script
  if (action.input instanceof Secret) return { script: action.script, input: '********' }
  if (typeof action.input === 'string') return { script: action.script, input: action.input }
  return { script: action.script, input: { base64: Buffer.from(action.input).toString('base64') } }
}

/** What the shell says of a script that it cannot read; empty for one that it can. */
export function shellErrors(script: string): string {
  const { status, stderr, error } = spawnSync('sh', ['-n'], { input: script, encoding: 'utf8' })
  if (error) throw error
  return status === 0 ? '' : `${stderr}\n${script}`
}

/** The values of the secrets in what the user writes. */
export function secretsIn(value: unknown): string[] {
  if (value instanceof Secret) return [String(value.reveal())]
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return []
  return Object.values(value).flatMap(secretsIn)
}

function sizeOf(content: Content): number {
  const plain = content instanceof Secret ? content.reveal() : content
  if (typeof plain === 'string') return Buffer.byteLength(plain)
  return 'file' in plain ? plain.size : plain.length
}

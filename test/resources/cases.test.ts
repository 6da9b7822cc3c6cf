/** Every case of every resource: see README.md beside this file. */

import { writeFileSync } from 'node:fs'
import { env } from 'node:process'
import { FoobarDeployError } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { Unavailable } from '../../src/plan/resource.ts'
import { resources } from '../../src/resources/index.ts'
import { type Case, caseFolders, casesOf, readCase, revive } from './case.ts'
import { actionsOf, readScripts, secretsIn, shellErrors, show, stateOf, taskOf } from './play-case.ts'

const fewestCases = 3
// UPDATE_CASES=1 writes what the resources make of the cases into them, to be read and judged before it is committed.
const isUpdate = env.UPDATE_CASES === '1'

describe('the folders of cases', () => {
  it('are of resources', () => {
    expect([...caseFolders().keys()].filter((type) => !(type in resources))).toEqual([])
  })
})

describe.each(Object.entries(resources))('%s', (type, resource) => {
  const cases = casesOf(type)

  it(`has at least ${fewestCases} cases`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(fewestCases)
  })

  for (const [name, path] of cases) {
    const given = readCase(path)
    it(`${name}: ${given.about}`, () => {
      const made = play(resource, path, given)
      if (isUpdate) update(path, given, made)
      else expect(made).toEqual(expected(given))
    })
  }
})

/** What the resource makes of a case, in the form of a case; what must hold of every case is checked on the way. */
function play(resource: (typeof resources)[string], path: string, given: Case): object {
  const task = taskOf(resource, path, given)
  const problems = task.problems.map((problem) => `${problem.path}: ${problem.message}`.replace(/^: /, ''))
  if (given.kind === 'problems') return { problems: problems.map((problem) => problem.replaceAll(folderOf(path), '')) }
  expect(problems).toEqual([])
  expect(readScripts(task).map(shellErrors).filter(Boolean)).toEqual([])
  if (given.kind === 'failure') return failureOf(() => stateOf(task, given.read))
  const current = stateOf(task, given.read)
  if (given.kind === 'unavailable' || current instanceof Unavailable) {
    expect(current).toBeInstanceOf(Unavailable)
    const { reason, hint, needs } = current as Unavailable
    return { unavailable: reason, ...(hint === undefined ? {} : { hint }), ...needed(needs) }
  }
  const changes = resource.diff(current as never, task.desired as never)
  if (given.kind === 'agrees') return { current: asJson(current), changes }
  const actions = actionsOf(task, current, changes)
  const commands = actions.map(show)
  const scripts = actions.flatMap((action) => (action.kind === 'command' ? [action.script] : []))
  expect(scripts.map(shellErrors).filter(Boolean)).toEqual([])
  for (const secret of secretsIn(revive(given.desired))) {
    expect(JSON.stringify([changes, commands, task.title])).not.toContain(secret)
  }
  const after = stateOf(task, given.after)
  if (after instanceof Unavailable) throw new Error(`after: ${after.reason}`)
  if (resource.isAction?.(task.desired as never)) {
    expect(resource.verifyAction?.(current as never, after as never, task.desired as never)).toBeUndefined()
  } else {
    expect(resource.diff(after as never, task.desired as never)).toEqual([])
  }
  return { current: asJson(current), changes: asJson(changes), commands }
}

/** The error that a task ends with. */
function failureOf(act: () => unknown): object {
  try {
    act()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(FoobarDeployError)
    expect(thrown).toMatchObject({ family: 'task' })
    const { message, needs } = thrown as FoobarDeployError
    return { failure: message, ...needed(needs) }
  }
  throw new Error('it does not fail')
}

function expected(given: Case): object {
  if (given.kind === 'problems') return { problems: given.problems }
  if (given.kind === 'failure') return { failure: given.failure, ...needed(given.needs) }
  if (given.kind === 'unavailable') {
    const { unavailable, hint } = given
    return { unavailable, ...(hint === undefined ? {} : { hint }), ...needed(given.needs) }
  }
  const { current, changes } = given
  return given.kind === 'agrees' ? { current, changes } : { current, changes, commands: given.commands }
}

function needed(needs: readonly string[] = []): { needs?: readonly string[] } {
  return needs.length === 0 ? {} : { needs }
}

function update(path: string, given: Case, made: object): void {
  const { kind: _kind, ...rest } = given
  const after = 'after' in rest ? { after: rest.after } : {}
  writeFileSync(path, `${JSON.stringify({ ...rest, ...made, ...after }, null, 2)}\n`)
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}

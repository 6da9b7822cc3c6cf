/** Reloading and restarting: acts of their own types, made of a name, proven by what is read afterwards. */

import { service } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import type { Task } from '../../../src/model/task-tree.ts'

import { Unavailable } from '../../../src/plan/resource.ts'
import type { Unit } from '../../../src/resources/systemd/unit.query.ts'
import { shellErrors } from '../play-case.ts'

const up: Unit = {
  id: 'nginx.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  unitFile: 'enabled',
  needsDaemonReload: false,
  serviceType: 'forking',
  remainsAfterExit: false,
  result: 'success',
  invocation: 'first',
}
const failed: Unit = { ...up, active: 'failed', sub: 'failed', result: 'exit-code' }
const down: Unit = { ...up, active: 'inactive', sub: 'dead' }

const settled = ({ resource, desired }: Task, before: Unit, after: Unit) =>
  resource.verifyAction?.(before, after, desired)
const parse = ({ resource, desired }: Task, unit: Unit | undefined) => resource.parse({ unit }, desired)

describe.each([
  ['reload', 'reload-or-restart', service.reload],
  ['restart', 'restart', service.restart],
] as const)('service.%s', (type, verb, make) => {
  const task = make('nginx', { title: undefined as never, tags: ['web'] })

  it('is an act on a unit, with the options of any task', () => {
    expect(task).toMatchObject({ title: `${type} nginx`, tags: ['web'], problems: [] })
    expect(task.at?.file).toBe(import.meta.filename)
    expect(task.resource.isAction?.(task.desired)).toBe(true)
    expect(make('a b').problems).toMatchObject([{ path: 'unit' }])
  })

  it('does its verb whatever the state', () => {
    for (const state of [up, down, failed]) {
      const changes = task.resource.diff(state, task.desired)
      expect(changes).toEqual([{ key: type, from: state.active, to: 'active' }])
      const [command, ...more] = [...task.resource.apply(changes, task.desired, state)] as { script: string }[]
      expect(command?.script).toContain(`unit=nginx.service verb=${verb}`)
      expect(shellErrors(command?.script ?? '')).toBe('')
      expect(more).toEqual([])
    }
  })

  it('cannot be done to what is not there, is masked, or where systemd does not run', () => {
    for (const unit of [undefined, { ...down, load: 'not-found' }, { ...down, load: 'masked' }]) {
      expect(parse(task, unit)).toBeInstanceOf(Unavailable)
    }
    expect(parse(task, up)).toEqual(up)
  })

  it('is not proven by a unit that is down afterwards', () => {
    expect(settled(task, up, { ...failed, invocation: 'second' })).toBe(
      `nginx.service is failed (failed, exit-code) after the ${type}`,
    )
    expect(settled(task, down, { ...up, invocation: 'second' })).toBeUndefined()
  })
})

describe('what proves an act', () => {
  it('is another start for a restart, but not for a reload', () => {
    expect(settled(service.restart('nginx'), up, up)).toBe('nginx.service still runs as it was started before')
    expect(settled(service.restart('nginx'), up, { ...up, invocation: 'second' })).toBeUndefined()
    expect(settled(service.reload('nginx'), up, up)).toBeUndefined()
  })

  it('is success for a oneshot, which is down when its work is done', () => {
    const once = { ...down, serviceType: 'oneshot' }
    expect(settled(service.restart('backup'), once, once)).toBeUndefined()
    expect(settled(service.restart('backup'), once, { ...once, active: 'failed', result: 'timeout' })).toMatch(
      /timeout/,
    )
  })
})

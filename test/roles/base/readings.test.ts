/** What the base role reads of a host and what it makes of it: settings that can be set, and who is logged in. */

import { describe, expect, it } from 'vitest'
import { base } from '../../../roles/base/role.ts'
import type { Queries } from '../../../src/plan/query.ts'
import { tasksOf } from '../role-cases.ts'

type Input = NonNullable<Parameters<typeof base>[0]>

/** What the task of a type makes of what the host printed. */
function judged(type: string, stdout: string, variables: Input = {}) {
  const task = tasksOf(base(variables)).find(({ resource }) => resource.type === type)
  if (!task) throw new Error(`no task ${type}`)
  const queries = Object.entries(task.resource.read(task.desired) as Queries)
  const operands = queries.map(([, { operand }]) => operand)
  const output = { status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') }
  const answers = queries[0]?.[1].kind.parse(output, operands) ?? []
  const named = Object.fromEntries(queries.map(([name], index) => [name, answers[index]]))
  return task.resource.diff(task.resource.parse(named, task.desired), task.desired)
}

describe('settings of the kernel', () => {
  const syncookies = '/proc/sys/net/ipv4/tcp_syncookies:0\n'
  const change = [{ key: 'net.ipv4.tcp_syncookies', from: '0', to: '1' }]

  it.each<[string, string, unknown[]]>([
    ['are changed where they differ', `mount /proc rw,nosuid\n${syncookies}`, change],
    ['are left where the kernel has none of them', 'mount /proc rw\n', []],
    ['are left where they cannot be written', `mount /proc rw\nmount /proc/sys ro,nosuid\n${syncookies}`, []],
    [
      'are changed where a part can be written',
      `mount /proc rw\nmount /proc/sys ro\nmount /proc/sys/net rw\n${syncookies}`,
      change,
    ],
    ['are judged by what is mounted last', `mount /proc/sys/net ro\nmount /proc/sys/net rw\n${syncookies}`, change],
    ['are not confused with others', `mount /proc/sys/net/ipv4/tcp_sync ro\n${syncookies}`, change],
  ])('%s', (_about, stdout, changes) => {
    expect(judged('kernelSettings', stdout)).toEqual(changes)
  })
})

describe('who is logged in', () => {
  const anna = (method = '') => `anna\nanna adm\n${method}`

  it.each<[string, string, Input['sshd']]>([
    ['by a key', anna('method publickey\n'), {}],
    ['in a way that nobody knows', anna(), {}],
    ['by a password where passwords stay', anna('method password\n'), { passwordAuthentication: true }],
    ['as one who is named', anna(), { allowUsers: ['root', 'anna@192.0.2.*'] }],
    ['as one who fits', anna(), { allowUsers: ['a?na'], allowGroups: ['ad*'] }],
    ['as root, who may', 'root\nroot\n', {}],
  ])('%s stays in', (_about, stdout, sshd) => {
    expect(judged('ownLogin', stdout, { sshd })).toEqual([])
  })

  it.each<[string, string, Input['sshd'], RegExp]>([
    ['by a password', anna('method password\n'), {}, /came in by a password/],
    ['by a dialogue', anna('method keyboard-interactive/pam\n'), {}, /came in by a password/],
    ['as one who is not named', anna(), { allowUsers: ['ann', 'anna.*'] }, /allowUsers is ann, anna\.\*; .* is anna/],
    ['without a group', anna(), { allowGroups: ['wheel'] }, /allowGroups is wheel; anna is in anna, adm/],
    ['as root, who may not', 'root\nroot\n', { permitRootLogin: 'no' }, /permitRootLogin is no/],
  ])('%s would be locked out', (_about, stdout, sshd, detail) => {
    const expected = expect.objectContaining({ code: 'lock-out', detail: expect.stringMatching(detail) })
    expect(() => judged('ownLogin', stdout, { sshd })).toThrow(expected)
  })
})

/** What the roles check before the first change of a run, and what an earlier task may provide for it. */

import { expect, it } from 'vitest'
import { ownLogin } from '../../roles/base/own-login.ts'
import { wayIn } from '../../roles/firewall/way-in.ts'
import { mysqlStanding } from '../../roles/mysql/standing.ts'

it.each([ownLogin, wayIn, mysqlStanding])('$resource.type is a precondition that provides nothing', ({ resource }) => {
  expect(resource.isPrecondition).toBe(true)
  expect(resource.provides?.({})).toEqual([])
})

it('a group that the own user is not in may come from the task of that user', () => {
  const login = { user: 'anna', groups: ['anna'], method: 'publickey' }
  const parse = () =>
    ownLogin.resource.parse(
      { login },
      { path: '/etc/x', allowGroups: ['wheel'], permitRootLogin: 'no', passwordAuthentication: false },
    )
  expect(parse).toThrow(expect.objectContaining({ code: 'lock-out', needs: ['user anna'] }))
})

it('another firewall may be stopped by the task of its unit', () => {
  const found = { connection: undefined, firewalls: ['ufw'] }
  const parse = () => wayIn.resource.parse({ found }, { sshFrom: 'anyone', sshPorts: [22], refusesOthers: true })
  expect(parse).toThrow(expect.objectContaining({ code: 'other-firewall', needs: ['unit ufw.service'] }))
})

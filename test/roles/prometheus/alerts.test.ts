/** That every alert of the prometheus role can be left out by name, and has a case in which it fires and one in which not. */

import { expect, it } from 'vitest'
import { prometheus } from '../../../roles/prometheus/role.ts'
import { alertNames } from '../../../roles/prometheus/rule.ts'
import { filesOf, tasksOf } from '../role-cases.ts'
import { alertCases } from './alert-cases.ts'
import { allRules, pair, severitiesIn } from './alerts.ts'

it('every alert has a name that is known, and no other', () => {
  expect([...severitiesIn(allRules()).keys()].sort()).toEqual([...alertNames].sort())
})

it.each(alertNames)('%s has cases of both kinds', (name) => {
  const kinds = alertCases.filter(({ alert }) => alert === name).map(({ fires }) => fires.length > 0)
  expect([kinds.includes(true), kinds.includes(false)]).toEqual([true, true])
})

it('alerts that are left out are not there', () => {
  const files = filesOf(tasksOf(prometheus({ withoutAlerts: ['UnitFailed', 'TargetsMissing'] }), pair))
  const left = severitiesIn(files['/etc/prometheus/rules/foobar-deploy.yml'] ?? '')
  expect([left.has('UnitFailed'), left.has('TargetsMissing'), left.has('HostDown')]).toEqual([false, false, true])
  expect(prometheus({ withoutAlerts: ['HostUp' as never] }).problems).toHaveLength(1)
})

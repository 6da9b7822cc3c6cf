/** The nginx role on real hosts of three releases: every case is judged by `nginx -t`, applied, and asked. */

import { describe, expect, it } from 'vitest'
import { nginx } from '../../roles/nginx/role.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import type { LabSuite } from '../../src/model/lab.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { differences, parseAnswers, requestScript } from './nginx/answers.ts'
import { caseNames, type NginxInput, requestsOf, variablesOf } from './nginx/case.ts'
import { siteFiles } from './nginx/site-files.ts'

/** The role with what it serves, for the one host of a lab. */
function inventoryOf(lab: string, variables: NginxInput) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      { name: 'Files', hosts: 'web', tasks: siteFiles },
      { name: 'Web', hosts: 'web', roles: [nginx(variables)] },
    ],
  })
  const hosts = { web1: { address: '198.51.100.11' } }
  return defineInventory({ playbook, hosts, groups: { web: ['web1'] }, lab: { name: lab } })
}

describe.each<LabSuite>(['sid', 'trixie', 'bookworm'])('%s', (suite) => {
  const name = suite === 'sid' ? 'test-nginx' : `test-nginx-${suite}`
  const lab = labFor(name, suite === 'sid' ? [] : ['nginx'], { suite, hosts: ['web1'] })
  const apply = (variables: NginxInput) => applyOnLab(inventoryOf(name, variables))

  it.each(caseNames())('%s', async (caseName) => {
    const variables = variablesOf(caseName)
    const { web1 } = await apply(variables)
    expect(web1.error).toBeUndefined()
    const requests = requestsOf(caseName)
    const { stdout } = await lab.script('web1', `nginx -t 2>&1; echo ---; ${requestScript(requests)}`)
    const [judgement = '', answers = ''] = stdout.split('\n---\n')
    expect(judgement.split('\n').filter((line) => !/ is ok$| is successful$/.test(line))).toEqual([])
    const answered = parseAnswers(answers)
    expect(requests.flatMap((request, index) => differences(request, answered[index]))).toEqual([])
    const second = await apply(variables)
    expect(second.web1.statuses).toMatchObject({ changed: 0, failed: 0 })
    expect(second.web1.exchanges).toBeLessThanOrEqual(2)
  })
})

/** Monitoring on Debian's stable release: installed from nothing beside MariaDB, whose metrics have other names. */

import { beforeAll, expect, it } from 'vitest'
import { exporters } from '../../roles/exporters/role.ts'
import { prometheus } from '../../roles/prometheus/role.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { mariadbPackages } from './stack-packages.ts'

const name = 'test-monitoring-stable'
const lab = labFor(name, mariadbPackages, { suite: 'trixie', hosts: ['web1'] })
const playbook = definePlaybook({
  name: 'test',
  groups: ['database', 'monitoring'],
  plays: () => [
    {
      name: 'Monitoring',
      hosts: 'all',
      roles: [
        exporters(),
        prometheus({ scrapeIntervalSeconds: 1, evaluationIntervalSeconds: 1, limits: { databaseSeconds: 1 } }),
      ],
    },
  ],
})
const inventory = defineInventory({
  playbook,
  hosts: { web1: { address: '198.51.100.11' } },
  groups: { database: ['web1'], monitoring: ['web1'] },
  lab: { name },
})
const onHost = async (script: string) => (await lab.script('web1', script)).stdout.trim()
const query = async (expression: string) => {
  const said = await onHost(`promtool query instant -o json http://198.51.100.11:9090 '${expression}' 2>&1`)
  return JSON.parse(said.startsWith('[') ? said : '[]') as { metric: Record<string, string>; value: [number, string] }[]
}

beforeAll(async () => {
  const { status } = await lab.script(
    'web1',
    `systemctl start mariadb && mariadb -e "CREATE USER prometheus@localhost IDENTIFIED VIA unix_socket; GRANT PROCESS, REPLICATION CLIENT, SLAVE MONITOR ON *.* TO prometheus@localhost"`,
  )
  expect(status).toBe(0)
})

it('comes up, listens nowhere else at any time, and knows whether a replica of MariaDB works', async () => {
  const first = await applyOnLab(inventory)
  expect(first.web1.error).toBeUndefined()
  const listened = "journalctl -o cat -u 'prometheus*' | grep -iE 'listening' | grep -vF 198.51.100.11; true"
  expect(await onHost(listened)).toBe('')
  await expect.poll(async () => (await query('up == 1')).length).toBe(3)
  expect((await query('mysql_up == 1 and mysql_global_variables_read_only == 0')).length).toBe(1)
  expect(await query('ALERTS{alertstate="firing"}')).toEqual([])
  await expect.poll(async () => (await query('ALERTS')).map(({ metric }) => metric.alertname)).toEqual([])
  await onHost(`mariadb -e "CHANGE MASTER TO MASTER_HOST='198.51.100.99', MASTER_USER='nobody'; START REPLICA"`)
  await expect.poll(async () => (await query('mysql:replica_io_running == 0')).length).toBe(1)
  expect((await query('mysql:replica_sql_running == 1')).length).toBe(1)
  const { web1, events } = await applyOnLab(inventory)
  const changed = events.flatMap((event) =>
    event.type === 'task-finished' && event.status === 'changed'
      ? [event.task.title, ...event.changes.map(({ key, from, to }) => `${key}: ${from} -> ${to}`)]
      : [],
  )
  expect(changed).toEqual([])
  expect(web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
})

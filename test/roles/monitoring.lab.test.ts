/** The roles exporters and prometheus on two real hosts: judged by promtool, all targets up, alerts that fire and end. */

import { beforeAll, describe, expect, it } from 'vitest'
import { exporters } from '../../roles/exporters/role.ts'
import { prometheus } from '../../roles/prometheus/role.ts'
import { alertProbe } from '../../roles/prometheus/status.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { allRules, promtoolTests } from './prometheus/alerts.ts'
import { replicate, stackScript } from './prometheus/stack.ts'
import { casesBeside } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

type Variables = NonNullable<Parameters<typeof prometheus>[0]>

const name = 'test-monitoring'
const lab = labFor(name, stackPackages)
const names = ['web1', 'web2'] as const
const quick: Variables = {
  virtualAddresses: ['198.51.100.10'],
  // Short, but long enough for a machine that does a lot else.
  scrapeIntervalSeconds: 3,
  evaluationIntervalSeconds: 1,
  limits: { downSeconds: 4, databaseSeconds: 1, virtualAddressSeconds: 1 },
  // The lab's hosts have units that cannot work in a container, and the disk and memory of the machine.
  withoutAlerts: ['KeepalivedDown', 'UnitFailed', 'DiskFilling', 'DiskFullSoon', 'InodesRunOut', 'MemoryShort'],
}

function inventoryOf(variables: Variables) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['balancer', 'web', 'database', 'monitoring'],
    plays: () => [
      {
        name: 'Exporters',
        hosts: 'all',
        roles: [exporters({ certificates: ['/etc/test.pem'], ownMetricsEverySeconds: 600 })],
      },
      { name: 'Monitoring', hosts: 'monitoring', roles: [prometheus({ ...quick, ...variables })] },
    ],
  })
  const both = [...names]
  return defineInventory({
    playbook,
    hosts: { web1: { address: '198.51.100.11' }, web2: { address: '198.51.100.12' } },
    groups: { balancer: both, web: both, database: both, monitoring: both },
    lab: { name },
  })
}

const apply = (variables: Variables = {}) => applyOnLab(inventoryOf(variables), { limit: [] })
const onHost = async (host: (typeof names)[number], script: string) => (await lab.script(host, script)).stdout.trim()
const query = async (host: (typeof names)[number], expression: string) => {
  const address = host === 'web1' ? '198.51.100.11' : '198.51.100.12'
  const said = await onHost(host, `promtool query instant -o json http://${address}:9090 '${expression}' 2>&1`)
  return JSON.parse(said.startsWith('[') ? said : '[]') as { metric: Record<string, string>; value: [number, string] }[]
}
/** What fires, as `alert host`. */
const firing = async () => {
  const samples = await query('web1', 'ALERTS{alertstate="firing"}')
  return samples.map(({ metric }) => [metric.alertname, metric.instance].filter(Boolean).join(' ')).sort()
}
const written = (files: Readonly<Record<string, string>>, folder: string) =>
  Object.entries(files)
    .map(([path, text]) => `mkdir -p "${folder}$(dirname ${path})"; cat >${folder}${path} <<'END'\n${text}END\n`)
    .join('')

beforeAll(async () => {
  const made = await Promise.all(names.map((host) => lab.script(host, stackScript(host))))
  expect(made.map(({ status }) => status)).toEqual([0, 0])
  expect((await lab.script('web2', replicate)).status).toBe(0)
})

describe('what the roles write', () => {
  const prometheusCases = casesBeside(new URL('prometheus/golden.test.ts', import.meta.url).href)
  const exporterCases = casesBeside(new URL('exporters/golden.test.ts', import.meta.url).href)

  it.each(prometheusCases.names())('is taken by promtool: %s', async (caseName) => {
    const files = written(prometheusCases.expected(caseName), '/tmp/case')
    const check = `rm -rf /tmp/case; ${files}cd /tmp/case/etc/prometheus && sed -i 's#/etc/prometheus/#/tmp/case&#' prometheus.yml && promtool check config prometheus.yml 2>&1; echo $?`
    const said = await onHost('web1', check)
    expect(said).toMatch(/SUCCESS: \d+ rules found\n+0$/)
  })

  it.each(exporterCases.names())('is taken by the shell and by systemd: %s', async (caseName) => {
    const expected = exporterCases.expected(caseName)
    const dropIns = Object.entries(expected).filter(([path]) => path.includes('.service.d/'))
    expect(dropIns.length).toBeGreaterThan(0)
    const units = dropIns.map(([path]) => path.replace(/^.*\/([^/]+)\.d\/.*$/, '$1'))
    const check = `rm -rf /tmp/case; ${written(expected, '/tmp/case')}sh -n /tmp/case/usr/local/lib/foobar-deploy/own-metrics
for unit in ${units.join(' ')}; do
  mkdir -p /tmp/case/units; cp /usr/lib/systemd/system/$unit /tmp/case/units/; cp -r /tmp/case/etc/systemd/system/$unit.d /tmp/case/units/
  systemd-analyze verify --man=no --recursive-errors=no /tmp/case/units/$unit 2>&1
done`
    expect(await onHost('web1', check)).toBe('')
  })

  it('makes alerts of metrics as the cases say', async () => {
    const { short, long } = promtoolTests('rules.yml')
    const files = written({ '/rules.yml': allRules(), '/short.yml': short, '/long.yml': long }, '/tmp/alerts')
    const run = `rm -rf /tmp/alerts; ${files}cd /tmp/alerts && promtool test rules short.yml long.yml 2>&1; echo $?`
    const said = await onHost('web1', run)
    expect(said.replaceAll(/\s+/g, ' ')).toMatch(/SUCCESS (.* )?SUCCESS 0$/)
  })
})

describe('on two hosts', () => {
  it('every target is up, in both Prometheus, and nothing fires', async () => {
    const { result } = await apply()
    expect(Object.values(result.recap).map(({ error }) => error)).toEqual([undefined, undefined])
    for (const host of names) {
      await expect.poll(async () => (await query(host, 'up == 1')).length, { timeout: 60_000 }).toBe(10)
    }
    await expect.poll(() => firing(), { timeout: 60_000 }).toEqual([])
    const values = async (expression: string) => (await query('web1', expression)).map(({ value }) => value[1])
    await expect
      .poll(() => values('mysql_up + on (instance) nginx_up + on (instance) certificate_readable'))
      .toEqual(['3', '3'])
    await expect.poll(() => values('mysql_replica_has_errant_transactions')).toEqual(['0'])
  })

  it('listens on the address of the host alone', async () => {
    for (const host of names) {
      const listening = await onHost(
        host,
        "ss -Hltn | sed 's/ *$//' | tr -s ' ' | cut -d' ' -f4 | grep -E ':(9090|91[0-9]+)$' | sort",
      )
      const address = host === 'web1' ? '198.51.100.11' : '198.51.100.12'
      expect(listening.split('\n')).toEqual([9090, 9100, 9104, 9113].map((port) => `${address}:${port}`))
    }
  })

  it('is not touched by a second run', async () => {
    const { result } = await apply()
    for (const { statuses, roundTrips } of Object.values(result.recap)) {
      expect([statuses.changed, statuses.failed, roundTrips]).toEqual([0, 0, 2])
    }
  })

  it('tells of what goes wrong, and that it is well again', async () => {
    const targets = names.map((name) => ({ endpoint: `${name}:9100`, labels: {} }))
    const probe = alertProbe('198.51.100.11:9090', [{ name: 'node', targets }])
    const rows = async () => {
      const { stdout } = await lab.script('web1', probe.script.script)
      return probe.parse({ status: 0, stdout })
    }
    await expect
      .poll(rows, { timeout: 60_000 })
      .toMatchObject([{ alert: { text: 'none', level: 'good' }, detail: '10 targets are up' }])
    await onHost('web1', 'ip address del 198.51.100.10/32 dev host0')
    await expect.poll(() => firing(), { timeout: 60_000 }).toEqual(['VirtualAddressHeldByNobody'])
    await onHost('web1', 'ip address add 198.51.100.10/32 dev host0')
    await onHost(
      'web2',
      `ip address add 198.51.100.10/32 dev host0
systemctl stop nginx prometheus-node-exporter
mysql -e 'STOP REPLICA; SET GLOBAL read_only=OFF'`,
    )
    await expect
      .poll(() => firing(), { timeout: 60_000 })
      .toEqual([
        'BackendServerDown web1',
        'BackendServerDown web2',
        'ExporterDown web2',
        'NginxDown web2',
        'ReplicationStopped web2',
        'TwoWritableDatabases',
      ])
    await expect.poll(rows).toContainEqual({
      alert: { text: 'ReplicationStopped', level: 'bad' },
      on: 'web2',
      detail: expect.stringContaining('mysqld'),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/),
    })
    // A transaction of its own, and a certificate that is almost over.
    await onHost(
      'web2',
      `mysql -e 'INSERT INTO test.notes VALUES (77); SET GLOBAL super_read_only=ON'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 5 -keyout /dev/null -out /etc/test.pem -subj /CN=test 2>/dev/null
systemctl start foobar-metrics nginx prometheus-node-exporter`,
    )
    await expect
      .poll(() => firing(), { timeout: 60_000 })
      .toEqual([
        'CertificateExpires web2',
        'ReplicaHasErrantTransactions web2',
        'ReplicationStopped web2',
        'VirtualAddressHeldByTwo',
      ])
    await onHost(
      'web2',
      `ip address del 198.51.100.10/32 dev host0
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 60 -keyout /dev/null -out /etc/test.pem -subj /CN=test 2>/dev/null
mysql -e 'SET GLOBAL read_only=OFF; RESET BINARY LOGS AND GTIDS; TRUNCATE test.notes; RESET BINARY LOGS AND GTIDS'
${replicate}
systemctl start foobar-metrics`,
    )
    await expect.poll(() => firing(), { timeout: 60_000 }).toEqual([])
  })

  it('takes other rules by a reload, refuses what promtool refuses, and drops what is no longer given', async () => {
    const id = 'systemctl show -p MainPID --value prometheus; sha256sum /etc/prometheus/rules/foobar-deploy.yml'
    const before = await onHost('web1', id)
    const mine = { alert: 'Always', expression: 'vector(1) > 0', summary: 'it is so' }
    await onHost('web1', 'echo "groups: []" >/etc/prometheus/rules/old.yml')
    const { result } = await apply({ rules: [mine] })
    expect(result.recap.web1?.error).toBeUndefined()
    await expect.poll(() => firing(), { timeout: 60_000 }).toEqual(['Always'])
    const after = await onHost('web1', id)
    expect(after.split('\n')[0]).toBe(before.split('\n')[0])
    expect(await onHost('web1', 'ls /etc/prometheus/rules')).toBe('foobar-deploy.yml')
    const refused = await apply({ rules: [{ ...mine, expression: 'sum(' }] })
    expect(refused.result.recap.web1?.error?.message).toMatch(/unclosed left parenthesis|parse error/)
    expect(await onHost('web1', id)).toBe(after)
  })
})

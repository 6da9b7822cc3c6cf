/** What status makes of the answers of Prometheus, and whom the roles of monitoring let in. */

import { describe, expect, it } from 'vitest'
import { exporters } from '../../../roles/exporters/role.ts'
import { prometheus } from '../../../roles/prometheus/role.ts'
import type { StatusProbe } from '../../../src/model/status-probe.ts'
import { contextOf } from '../role-cases.ts'
import { pair } from './alerts.ts'

const [probe] = prometheus().status(contextOf(pair)) as [StatusProbe]
const rowsOf = (...lines: string[]) => probe.parse({ status: 0, stdout: `${lines.join('\n')}\n` })
const sample = (metric: Record<string, string>, value: string) => ({ metric, value: [1_795_424_349.7, value] })
const counts = ['prometheus', 'node', 'mysqld', 'nginx', 'haproxy'].map((job) => sample({ job }, '2'))

describe('status', () => {
  it('says that nothing fires', () => {
    expect(rowsOf('[]', '[]', JSON.stringify(counts))).toEqual([
      { alert: { text: 'none', level: 'good' }, on: '-', detail: '10 targets are up', since: '-' },
    ])
  })

  it('shows how many targets are missing of each job', () => {
    const [, node, , ...others] = counts
    const some = [sample({ job: 'prometheus' }, '1'), node, ...others]
    expect(rowsOf('[]', '[]', JSON.stringify(some))).toEqual([
      {
        alert: { text: 'targets are missing', level: 'warning' },
        on: '-',
        detail: 'prometheus 1 of 2, mysqld 0 of 2',
        since: '-',
      },
    ])
  })

  it('says that nothing is known yet', () => {
    expect(rowsOf('[]', '[]', '[]')).toMatchObject([{ alert: { text: 'nothing is known yet', level: 'warning' } }])
  })

  it('tells what fires, how bad, where and since when, and what cannot be asked', () => {
    const firing = [
      sample(
        { alertname: 'DiskFilling', severity: 'critical', instance: 'web1', job: 'node', mountpoint: '/' },
        '1795420800',
      ),
      sample({ alertname: 'TwoWritableDatabases', severity: 'warning' }, '1795420800'),
    ]
    const down = [sample({ __name__: 'up', job: 'nginx', instance: 'web2' }, '0')]
    expect(rowsOf(JSON.stringify(firing), JSON.stringify(down), '[]')).toEqual([
      { alert: { text: 'DiskFilling', level: 'bad' }, on: 'web1', detail: 'node /', since: '2026-11-23 08:00 UTC' },
      {
        alert: { text: 'TwoWritableDatabases', level: 'warning' },
        on: '-',
        detail: '-',
        since: '2026-11-23 08:00 UTC',
      },
      { alert: { text: 'target is down', level: 'warning' }, on: 'web2', detail: 'nginx', since: '-' },
    ])
  })

  it.each([['nothing'], ['null\nnull\nnull'], ['[]\nnull\n[]'], ['sh: promtool: not found']])(
    'says that Prometheus does not answer: %j',
    (stdout) => {
      expect(rowsOf(stdout)).toMatchObject([{ alert: { text: 'Prometheus does not answer', level: 'bad' } }])
    },
  )
})

describe('openings', () => {
  const from = ['198.51.100.11', '198.51.100.12', '10.0.0.0/8']

  it('of the exporters are for the hosts of Prometheus and who is named', () => {
    expect(exporters({ from: ['10.0.0.0/8'] }).opens(contextOf(pair))).toEqual([
      { name: 'node exporter', port: 9100, from },
      { name: 'mysqld exporter', port: 9104, from },
      { name: 'nginx exporter', port: 9113, from },
    ])
    const alone = { hosts: [{ name: 'log1', address: '192.0.2.9', groups: ['monitoring'] }] }
    expect(exporters().opens(contextOf(alone))).toEqual([{ name: 'node exporter', port: 9100, from: ['192.0.2.9'] }])
  })

  it('of Prometheus are for the others and who is named', () => {
    expect(prometheus({ from: ['10.0.0.0/8'], port: 19090 }).opens(contextOf(pair))).toEqual([
      { name: 'prometheus', port: 19090, from },
    ])
  })
})

describe('bad variables', () => {
  const problemsOf = (role: { problems: readonly { path: string }[] }) => role.problems.map(({ path }) => path)
  it.each<[string, { problems: readonly { path: string }[] }, string[]]>([
    ['an argument that is two', exporters({ nodeArguments: ['--a --b'] }), ['nodeArguments.0']],
    ['a path with a quote', exporters({ certificates: ["/etc/a'b.pem"] }), ['certificates.0']],
    ['an address with its network', prometheus({ virtualAddresses: ['198.51.100.10/24'] }), ['virtualAddresses.0']],
    ['an Alertmanager without a port', prometheus({ alertmanagers: ['192.0.2.1'] }), ['alertmanagers.0']],
    [
      'a rule of two lines',
      prometheus({ rules: [{ alert: 'A', expression: 'a\nb', summary: 'c' }] }),
      ['rules.0.expression'],
    ],
    ['a misspelt limit', prometheus({ limits: { diskFree: 3 } as never }), ['limits.diskFree']],
  ])('%s', (_, role, paths) => {
    expect(problemsOf(role)).toEqual(paths)
  })
})

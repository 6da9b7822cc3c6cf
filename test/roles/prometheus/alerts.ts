/** The cases of alerts as `promtool test rules` takes them. */

import { prometheus } from '../../../roles/prometheus/role.ts'
import { type CaseSurroundings, filesOf, tasksOf } from '../role-cases.ts'
import { type AlertCase, alertCases } from './alert-cases.ts'

const groups = ['balancer', 'web', 'database', 'monitoring']

/** Two hosts that are in all groups. */
export const pair: CaseSurroundings = {
  hosts: [
    { name: 'web1', address: '198.51.100.11', groups },
    { name: 'web2', address: '198.51.100.12', groups },
  ],
}

/** The rules with every alert in them. */
export function allRules(): string {
  const role = prometheus({ virtualAddresses: ['198.51.100.10'], alertmanagers: ['192.0.2.40:9093'] })
  return filesOf(tasksOf(role, pair))['/etc/prometheus/rules/foobar-deploy.yml'] ?? ''
}

/** By name, the severity of the alerts in rules. */
export function severitiesIn(rules: string): Map<string, string> {
  const found = rules.matchAll(/- alert: (?<name>\w+)\n(?:.*\n){2}.*severity: (?<severity>\w+)/g)
  return new Map([...found].map(({ groups: parts }) => [parts?.name ?? '', parts?.severity ?? '']))
}

/** The tests for promtool, in JSON, which is YAML too; the rules are in the file `rules`. */
export function promtoolTests(rules: string): { readonly short: string; readonly long: string } {
  const isLong = ({ after }: AlertCase) => after.endsWith('h') || /^[345]\dm$/.test(after)
  return {
    short: testOf(rules, '15s', (one) => !isLong(one)),
    long: testOf(rules, '5m', isLong),
  }
}

function testOf(rules: string, interval: string, isMeant: (one: AlertCase) => boolean): string {
  const severities = severitiesIn(allRules())
  const tests = alertCases.filter(isMeant).map(({ alert, series, after, fires }, index) => ({
    name: `${index} ${alert} ${fires.length > 0 ? 'fires' : 'is quiet'}`,
    interval,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        eval_time: after,
        alertname: alert,
        exp_alerts: fires.map(({ labels, says }) => ({
          exp_labels: { ...labels, severity: severities.get(alert) },
          exp_annotations: { summary: says },
        })),
      },
    ],
  }))
  return `${JSON.stringify({ rule_files: [rules], evaluation_interval: interval, tests }, null, 1)}\n`
}

/** Alerts of Prometheus itself. */

import type { Rule, RuleGroup } from './rule.ts'
import type { PrometheusVariables } from './variables.ts'

const onHost = 'on {{ $labels.instance }}'

/** The alert rules of Prometheus for itself and its Alertmanagers. */
export function ownAlerts({ alertmanagers }: PrometheusVariables): RuleGroup {
  const passing: Rule[] = [
    {
      alert: 'AlertsReachNobody',
      expression: `prometheus_notifications_alertmanagers_discovered < ${alertmanagers.length} or rate(prometheus_notifications_dropped_total[5m]) > 0`,
      forSeconds: 300,
      severity: 'critical',
      summary: `Alerts are not taken by an Alertmanager ${onHost}`,
    },
  ]
  return {
    name: 'prometheus',
    rules: [
      {
        alert: 'PrometheusKeepsOldConfiguration',
        expression: 'prometheus_config_last_reload_successful == 0',
        forSeconds: 60,
        severity: 'warning',
        summary: `Prometheus did not take its new configuration ${onHost}`,
      },
      {
        alert: 'PrometheusRulesFail',
        expression: 'increase(prometheus_rule_evaluation_failures_total[5m]) > 0',
        forSeconds: 300,
        severity: 'warning',
        summary: `Rules of {{ $labels.rule_group }} cannot be evaluated ${onHost}`,
      },
      ...(alertmanagers.length > 0 ? passing : []),
    ],
  }
}

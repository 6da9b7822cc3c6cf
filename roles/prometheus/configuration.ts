/** The files of Prometheus: what it scrapes, and the rules of the role and of the user. */

import { render } from 'foobar-deploy'
import { databaseAlerts } from './database-alerts.ts'
import { hostAlerts } from './host-alerts.ts'
import { ownAlerts } from './own-alerts.ts'
import type { RuleGroup } from './rule.ts'
import { scrapesOf, type Watched } from './scrapes.ts'
import type { PrometheusVariables } from './variables.ts'
import { balancerAlerts, nginxAlerts } from './web-alerts.ts'

/** By their path below `/etc/prometheus`. */
export function configurationOf(vars: PrometheusVariables, watched: Watched) {
  const scrapes = scrapesOf(vars, watched)
  return {
    'prometheus.yml': render('./templates/prometheus.yml.ejs', { vars, scrapes, quoted }),
    'rules/foobar-deploy.yml': render('./templates/rules.yml.ejs', { groups: groupsOf(vars, watched), quoted }),
  }
}

/** The groups of rules, without the alerts that are left out. */
function groupsOf(vars: PrometheusVariables, watched: Watched): RuleGroup[] {
  const without: readonly string[] = vars.withoutAlerts
  const groups = [
    hostAlerts(vars, scrapesOf(vars, watched)),
    ...databaseAlerts(vars, watched.databases.length),
    ...nginxAlerts(vars, watched.webs.length),
    ...balancerAlerts(vars, watched.balancers.length),
    ownAlerts(vars),
    { name: 'more', rules: vars.rules },
  ]
  return groups
    .map(({ name, rules }) => ({
      name,
      rules: rules.filter((rule) => 'record' in rule || !without.includes(rule.alert)),
    }))
    .filter(({ rules }) => rules.length > 0)
}

/** A text for YAML. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

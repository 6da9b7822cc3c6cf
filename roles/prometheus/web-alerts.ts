/** Alerts of what serves: Nginx, HAProxy's backends, and the virtual addresses. */

import type { Rule, RuleGroup } from './rule.ts'
import type { PrometheusVariables } from './variables.ts'

const onHost = 'on {{ $labels.instance }}'

/** Of Nginx, where there are hosts with it. */
export function nginxAlerts({ limits }: PrometheusVariables, count: number): RuleGroup[] {
  if (count === 0) return []
  const down: Rule = {
    alert: 'NginxDown',
    expression: 'nginx_up == 0',
    forSeconds: limits.downSeconds,
    severity: 'critical',
    summary: `Nginx does not answer ${onHost}`,
  }
  return [{ name: 'nginx', rules: [down] }]
}

/** Of HAProxy and of what moves among its hosts, where there are such. */
export function balancerAlerts(
  { limits, quietBackends, virtualAddresses }: PrometheusVariables,
  count: number,
): RuleGroup[] {
  if (count === 0) return []
  const { downSeconds, drainedSeconds, serverErrorPercent, virtualAddressSeconds } = limits
  const errors = 'haproxy_backend_http_responses_total'
  const rate = (matcher: string) => `sum by (instance, proxy) (rate(${errors}${matcher}[5m]))`
  return [
    {
      name: 'balancers',
      rules: [
        {
          alert: 'BackendDown',
          // Without a replica, mysql-read falls back to mysql-write.
          expression: 'haproxy_backend_status{state="DOWN",proxy!="mysql-read"} == 1',
          forSeconds: 15,
          severity: 'critical',
          summary: `Backend {{ $labels.proxy }} has no server that is up ${onHost}`,
        },
        {
          alert: 'BackendServerDown',
          expression: `haproxy_server_status{state="DOWN",proxy!~"${quietBackends}"} == 1`,
          forSeconds: downSeconds,
          severity: 'warning',
          summary: `Server {{ $labels.server }} of {{ $labels.proxy }} is down ${onHost}`,
        },
        {
          alert: 'BackendServerDrained',
          expression: 'max by (instance, proxy, server) (haproxy_server_status{state=~"DRAIN|MAINT"}) == 1',
          forSeconds: drainedSeconds,
          severity: 'warning',
          summary: `Server {{ $labels.server }} of {{ $labels.proxy }} was not put back ${onHost}`,
        },
        {
          alert: 'ServerErrors',
          expression: `100 * ${rate('{code="5xx"}')} / (${rate('')} > 0) > ${serverErrorPercent}`,
          forSeconds: 120,
          severity: 'warning',
          summary: `{{ $value | printf "%.0f" }} % of the answers of {{ $labels.proxy }} are errors ${onHost}`,
        },
        ...(virtualAddresses.length > 0 ? [keepalivedDown(downSeconds)] : []),
        ...virtualAddresses.flatMap((address) => virtualAddressAlerts(address, virtualAddressSeconds)),
      ],
    },
  ]
}

// The addresses do not move because of it, and nobody would notice until they should.
function keepalivedDown(forSeconds: number): Rule {
  return {
    alert: 'KeepalivedDown',
    expression: 'node_systemd_unit_state{name="keepalived.service",state="active"} == 0',
    forSeconds,
    severity: 'critical',
    summary: `keepalived does not run ${onHost}: the addresses would not move here`,
  }
}

// What the kernels say each time they are asked, and not what somebody was told when it moved.
function virtualAddressAlerts(address: string, forSeconds: number): Rule[] {
  const holders = `node_network_address_info{address="${address}"}`
  return [
    {
      alert: 'VirtualAddressHeldByNobody',
      expression: `absent(${holders})`,
      forSeconds,
      severity: 'critical',
      summary: `No host has ${address}`,
    },
    {
      alert: 'VirtualAddressHeldByTwo',
      expression: `count by (address) (count by (address, instance) (${holders})) > 1`,
      forSeconds,
      severity: 'critical',
      summary: `{{ $value }} hosts have ${address}`,
    },
  ]
}

/** Keepalived: addresses that move among hosts by VRRP, as long as HAProxy there is well; judged by `keepalived -t`. */

import {
  apt,
  assert,
  configFiles,
  defineRole,
  handler,
  service,
  sh,
  statusProbe,
  sysctl,
  systemdUnit,
} from 'foobar-deploy'
import { configurationOf, interfaceOf, judge } from './configuration.ts'
import { hardeningTask } from './hardening.ts'
import { networkdTasks } from './networkd.ts'
import { rowsOf } from './status.ts'
import { keepalivedVariables } from './variables.ts'

/**
 * Gives addresses to one host of a group at a time. They move in about a second when that host, or HAProxy on it, goes down.
 *
 * @example
 * ```ts
 * import { keepalived } from 'foobar-deploy/roles/keepalived'
 *
 * keepalived({ virtualAddresses: ['198.51.100.10'], virtualRouterId: 51 })
 * ```
 */
export const keepalived = defineRole({
  name: 'keepalived',
  variables: keepalivedVariables,
  tasks: ({ vars, host, hosts }) => [
    assert({
      that: vars.interface !== undefined || interfaceOf(vars, host) !== undefined,
      message: `No interface of ${host.name} has its address ${host.address}; say which one gets the addresses: interface`,
    }),
    assert({
      that: hosts(vars.group).some(({ name }) => name === host.name),
      message: `${host.name} is not in group ${vars.group}, among whose hosts the addresses move`,
    }),
    hardeningTask(vars.hardened),
    apt({ packages: ['keepalived'] }),
    vars.networkdKeeps && networkdTasks(vars.interface ?? interfaceOf(vars, host)?.name ?? 'unknown'),
    vars.nonlocalBind && sysctl({ name: 'net.ipv4.ip_nonlocal_bind', value: '1' }),
    configFiles({
      title: 'keepalived configuration',
      path: '/etc/keepalived',
      files: configurationOf(vars, { host, hosts }),
      owner: 'root',
      group: 'root',
      mode: '0644',
      validate: judge,
      notify: vars.running ? handler('reload keepalived', service.reload('keepalived')) : [],
    }),
    // Killed, it would leave the addresses where they are, while another host takes them too.
    systemdUnit({
      name: 'keepalived.service',
      dropIn: 'restart',
      sections: { Unit: { StartLimitIntervalSec: 0 }, Service: { Restart: 'always', RestartSec: '500ms' } },
    }),
    service({ name: 'keepalived', running: vars.running, enabled: vars.enabled }),
  ],
  opens: ({ vars, host, hosts }) => {
    const peers = hosts(vars.group).filter(({ name }) => name !== host.name)
    return peers.length === 0 ? [] : [{ name: 'vrrp', protocol: 'vrrp', from: peers.map(({ address }) => address) }]
  },
  status: ({ vars }) => [
    statusProbe({
      section: 'Virtual addresses',
      script: sh`systemctl is-active keepalived; ip -o addr show`,
      parse: ({ stdout }) => rowsOf(stdout, vars.virtualAddresses),
    }),
  ],
})

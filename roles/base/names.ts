/** Tasks of the base role for names: the host's own, and those of all hosts in /etc/hosts. */

import { isIP } from 'node:net'
import { blockInFile, type Host, hostname, hostsEntry, type TaskList } from 'foobar-deploy'
import type { BaseVariables } from './variables.ts'

/** The host’s name, and a block at the start of `/etc/hosts`, where what stands first counts. */
export function nameTasks(vars: BaseVariables, host: Host, hosts: readonly Host[]): TaskList {
  const name = vars.hostname ?? shortOf(host.name)
  if (!vars.managesHosts) return [hostname({ name })]
  // sudo looks up the name that the host gives itself.
  const own = name === shortOf(host.name) ? [] : namesOf(name, vars)
  const lines = [
    ...hosts.flatMap((other) =>
      isIP(other.address)
        ? [
            lineOf(
              other.address,
              other.name === host.name ? [...own, ...namesOf(other.name, vars)] : namesOf(other.name, vars),
            ),
          ]
        : [],
    ),
    ...Object.entries(vars.extraHosts).map(([address, names]) => lineOf(address, names)),
  ]
  const isListed = isIP(host.address) > 0
  const fqdn = vars.domain === undefined ? undefined : `${name}.${vars.domain}`
  return [
    lines.length > 0 &&
      blockInFile({ path: '/etc/hosts', name: 'hosts', block: lines.join('\n'), insertBefore: 'start' }),
    // Debian's installer puts the own name there; services that listen on their name would hide on the loopback interface.
    isListed && hostsEntry({ address: '127.0.1.1', state: 'absent' }),
    hostname({ name, ...(isListed || fqdn === undefined ? {} : { fqdn }) }),
  ]
}

function namesOf(name: string, { domain }: BaseVariables): string[] {
  if (name.includes('.')) return [name, shortOf(name)]
  return domain === undefined ? [name] : [`${name}.${domain}`, name]
}

function lineOf(address: string, names: readonly string[]): string {
  return `${address} ${names.join(' ')}`
}

function shortOf(name: string): string {
  return name.split('.')[0] ?? name
}

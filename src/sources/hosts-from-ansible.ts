/** Hosts from an Ansible inventory. */

import type { AnsibleVars } from './ansible-inventory.ts'
import { type ImportedHost, type ImportedHosts, importedHosts } from './imported-hosts.ts'
import { refuseLocalSettings } from './local-settings.ts'
import { namesText } from './names-text.ts'
import { callingFolder, type SourceOfHosts } from './read-source.ts'
import { warn } from './warnings.ts'

/**
 * Hosts from an Ansible inventory: an INI or YAML file, or a folder of them, with the `group_vars/` and `host_vars/` beside it,
 * or what a command such as `ansible-inventory --list` prints. How a host is reached is taken over (address, port, user, key, passwords, ssh
 * arguments); what is not is told in a warning. Other variables are not, unless `vars` makes the playbook's of them. Arguments
 * that act on this machine or check host keys less (ProxyCommand, `-F`, UserKnownHostsFile, StrictHostKeyChecking) are refused
 * unless `allow` names the setting.
 *
 * @example
 * ```ts
 * import { defineInventory, definePlaybook, hostsFromAnsible, z } from 'foobar-deploy'
 *
 * const site = definePlaybook({
 *   name: 'site',
 *   groups: ['web', 'database'],
 *   hostVariables: z.strictObject({ weight: z.int().default(1) }),
 *   plays: () => [],
 * })
 *
 * export default async () => {
 *   const old = await hostsFromAnsible({ file: '../ansible/hosts.ini' }, ({ haproxy_weight }) => ({
 *     weight: Number(haproxy_weight ?? 1),
 *   }))
 *   return defineInventory({
 *     playbook: site,
 *     hosts: old.hosts,
 *     groups: { web: old.group('webservers'), database: old.group('db') },
 *   })
 * }
 * ```
 */
export async function hostsFromAnsible<Vars extends object = Record<never, never>>(
  source: SourceOfHosts,
  vars?: (ansible: AnsibleVars, host: string) => Vars,
): Promise<ImportedHosts<Vars>> {
  const folder = callingFolder()
  const [{ readAnsible }, { connectionOf }, { membersOf, varsReader }] = await Promise.all([
    import('./read-ansible.ts'),
    import('./ansible-connection.ts'),
    import('./ansible-inventory.ts'),
  ])
  const { inventory, subject, at, warnings } = await readAnsible(source, folder)
  for (const text of warnings) warn(`${subject}: ${text}`)
  const hosts: Record<string, ImportedHost<Vars>> = {}
  const hostsByWarning = new Map<string, string[]>()
  const varsOf = varsReader(inventory)
  for (const name of inventory.hosts.keys()) {
    const host = connectionOf(name, varsOf(name))
    for (const text of host.warnings) hostsByWarning.set(text, [...(hostsByWarning.get(text) ?? []), name])
    hosts[name] = { ...host.settings, address: host.address, vars: vars?.(host.vars, name) ?? ({} as Vars) }
  }
  refuseLocalSettings(hosts, source.allow ?? [], 'hostsFromAnsible', subject, at)
  for (const [text, names] of hostsByWarning) warn(`${subject}: ${text} (${namesText(names)})`)
  return importedHosts(hosts, membersOf(inventory), subject, at)
}

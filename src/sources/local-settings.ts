/** Settings of a host that a source of hosts may give only where the inventory allows it: they act on this machine, or check less. */

import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import { namesText } from './names-text.ts'

const reasons = {
  proxyCommand: 'is a command that would run on this machine',
  sshConfigFile: 'is a file on this machine that may hold commands to run here',
  knownHostsFile: 'is a file on this machine that would be read, and written with hostKeyChecking accept-new',
  socketPath: 'is a socket on this machine that would be connected to',
  hostKeyChecking: 'would let in a host whose key nobody has checked',
} as const

/** A setting that a source gives only where the inventory allows it. */
export type LocalSetting = keyof typeof reasons

/** Refuses hosts with such a setting that is not in `allow`; `source` is the function that the inventory calls. */
export function refuseLocalSettings(
  hosts: Readonly<Record<string, ConnectionSettings>>,
  allow: readonly LocalSetting[],
  source: string,
  subject: string,
  at: SourceLocation | undefined,
): void {
  const refused = (Object.entries(reasons) as [LocalSetting, string][]).flatMap(([setting, reason]) => {
    const [first, ...others] = Object.entries(hosts).filter(([, host]) => isLocal(setting, host[setting]))
    if (!first || allow.includes(setting)) return []
    const [name, host] = first
    const names = namesText([name, ...others.map(([other]) => other)])
    return [{ setting, detail: `${subject}: ${setting} of ${names} ${reason}: ${String(host[setting])}` }]
  })
  if (refused.length === 0) return
  const settings = refused.map(({ setting }) => `'${setting}'`).join(', ')
  throw new FoobarDeployError('definition', 'source-not-allowed', 'The source of hosts may not set this', {
    detail: refused.map(({ detail }) => detail).join('\n'),
    hint: `If you trust everybody who can change the source, allow it in the inventory: ${source}({ …, allow: [${settings}] }).`,
    ...definedOnly({ at }),
  })
}

// A known_hosts file of `none` knows no key; elsewhere `none` and false take something away.
function isLocal(setting: LocalSetting, value: string | false | undefined): boolean {
  if (value === undefined) return false
  if (setting === 'hostKeyChecking') return value !== 'strict'
  return setting === 'knownHostsFile' || (value !== false && value.toLowerCase() !== 'none')
}

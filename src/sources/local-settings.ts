/** Settings of a host that act on this machine: a source of hosts may give them only where the inventory allows it. */

import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import { namesText } from './names-text.ts'

const reasons = {
  proxyCommand: 'is a command that would run on this machine',
  sshConfigFile: 'is a file on this machine that may hold commands to run here',
  knownHostsFile: 'is a file on this machine that would be read, and written with hostKeyChecking accept-new',
  socketPath: 'is a socket on this machine that would be connected to',
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
  for (const [setting, reason] of Object.entries(reasons) as [LocalSetting, string][]) {
    if (allow.includes(setting)) continue
    const [first, ...others] = Object.entries(hosts).filter(([, host]) => isLocal(host[setting]))
    if (!first) continue
    const [name, host] = first
    throw new FoobarDeployError('definition', 'source-not-allowed', 'The source of hosts may not set this', {
      detail: `${subject}: ${setting} of ${namesText([name, ...others.map(([other]) => other)])} ${reason}: ${String(host[setting])}`,
      hint: `If you trust everybody who can change the source, allow it in the inventory: ${source}({ …, allow: ['${setting}'] }).`,
      ...definedOnly({ at }),
    })
  }
}

// `none` and false take something away.
function isLocal(value: string | false | undefined): boolean {
  return value !== undefined && value !== false && value.toLowerCase() !== 'none'
}

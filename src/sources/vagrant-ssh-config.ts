/** Reads what `vagrant ssh-config` prints: one Host block for each machine. */

import { definedOnly } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import { readSshConfig } from '../transport/ssh-config/ssh-config.ts'

/** How to reach a machine. */
export type VagrantMachine = ConnectionSettings & { readonly address: string }

/** The machines by name. */
export function parseVagrantSshConfig(text: string): ReadonlyMap<string, VagrantMachine> {
  const names = [...text.matchAll(/^Host[ \t]+(\S+)[ \t]*\r?$/gm)].map(([, name]) => name as string)
  return new Map(names.map((name) => [name, machineOf(text, name)]))
}

function machineOf(text: string, name: string): VagrantMachine {
  const environment = { home: '', user: '', uid: 0, localHost: '', variables: {} }
  const config = readSshConfig([{ text, file: 'vagrant ssh-config' }], { host: name, environment, include: () => [] })
  const { hostName = name, port, user, identityFiles } = config
  const isUnchecked = config.hostKeyChecking === 'no'
  return {
    // The address stays the one to connect to when an inventory gives the host another one for its neighbours.
    address: hostName,
    hostName,
    ...definedOnly({
      port,
      user,
      identityFile: identityFiles.length > 0 ? [...identityFiles] : undefined,
      identitiesOnly: config.identitiesOnly,
      hostKeyChecking: isUnchecked ? ('no' as const) : undefined,
      // Vagrant's forwarded ports get another machine, and so another key, again and again.
      knownHostsFile: isUnchecked && config.userKnownHostsFiles?.[0] === '/dev/null' ? 'none' : undefined,
      proxyCommand: config.proxyCommand,
      proxyJump: config.proxyJump,
    }),
    // What stands for all hosts in the user's own file is not meant for these.
    sshConfigFile: false,
  }
}

/** Connects the engine to SSH: the environment, prompts, and the settings that a lab's hosts need. */

import { homedir, hostname, userInfo } from 'node:os'
import process from 'node:process'
import { definedOnly } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'
import type { Inventory } from '../model/inventory.ts'
import type { SshTransportOptions } from '../transport/ssh-config/ssh-environment.ts'
import type { Transport } from '../transport/transport.ts'
import { askSecret } from './ask.ts'
import { type AroundQuestion, onTerminal } from './on-terminal.ts'

/** An inventory whose hosts say all that is needed to reach them, and the way of reaching them. */
export interface Wired {
  readonly inventory: Inventory
  readonly transport: Transport
}

/** The SSH transport for an inventory. */
export async function makeTransport(
  inventory: Inventory,
  around: AroundQuestion,
  notice?: SshTransportOptions['notice'],
): Promise<Wired> {
  const { createSshTransport } = await import('../transport/ssh.ts')
  const { username: user, uid } = userInfo()
  const transport = createSshTransport({
    prompt: (question) => onTerminal(around, () => askSecret(question)),
    ...definedOnly({ notice }),
    environment: { home: homedir(), user, uid, localHost: hostname(), variables: process.env },
  })
  if (!inventory.lab) return { inventory, transport }
  const [{ labPaths }, { labTransport }] = await Promise.all([
    import('../lab/lab-paths.ts'),
    import('./lab/lab-transport.ts'),
  ])
  const paths = labPaths(inventory.lab.name)
  const settings = (host: string): ConnectionSettings => ({
    user: 'vagrant',
    identityFile: paths.key,
    knownHostsFile: paths.knownHosts,
    socketPath: paths.socket(host),
    sshConfigFile: false,
  })
  return { inventory: withSettings(inventory, settings), transport: labTransport(transport) }
}

/** The inventory with these settings for each host, below those that the inventory gives itself. */
export function withSettings(inventory: Inventory, settings: (host: string) => ConnectionSettings): Inventory {
  const hosts = Object.entries(inventory.hosts).map(([name, host]) => [
    name,
    { ...settings(name), ...inventory.defaults, ...host },
  ])
  return { ...inventory, hosts: Object.fromEntries(hosts) }
}

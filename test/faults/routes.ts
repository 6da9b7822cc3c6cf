/** The ways to a namespace host: shells without SSH, and SSH. */

import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Inventory } from '../../src/index.ts'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { createSshTransport } from '../../src/transport/ssh.ts'
import { faultInventory } from './fault-playbook.ts'
import type { Fault } from './injection.ts'
import type { NamespaceHost } from './namespace-host.ts'
import { applyHere, applyInProcess } from './runs.ts'
import { ShellWire } from './shell-wire.ts'
import { SshWire, sshSettings } from './ssh-wire.ts'
import type { Moment, Wire } from './wire.ts'

// A busy machine must not look like a fault: only where a wait is to end in vain, it is short.
const patience = { reconnectTimeoutMs: 120_000, connectTimeoutMs: 60_000 }
const haste = { reconnectTimeoutMs: 8000, connectTimeoutMs: 8000 }

/** How long a run tries to reach the host under a fault. */
export function settingsFor(fault?: Fault): ConnectionSettings {
  const isInVain = fault?.kind === 'hostile-server' || (fault?.kind === 'refuse' && fault.connections > 2)
  return isInVain ? haste : patience
}

/** The inventory for shells without SSH. */
export function shellInventory(sources: string, settings = settingsFor()): Inventory {
  return faultInventory(sources, settings)
}

/** Shells without SSH. */
export function overShells(
  host: NamespaceHost,
  sources: string,
  settings: ConnectionSettings,
  moment: Moment | undefined,
  onMoment: (wire: Wire) => void,
) {
  const wire = new ShellWire(host, moment, onMoment)
  const apply = () => applyHere(shellInventory(sources, settings), wire)
  return { wire, apply, applyInProcess: apply, close: () => {} }
}

/** SSH, with `name` for the socket. */
export async function overSsh(
  host: NamespaceHost,
  sources: string,
  name: string,
  settings: ConnectionSettings,
  moment: Moment | undefined,
  onMoment: (wire: Wire) => void,
) {
  const socketPath = join(sources, `socket-${name}`)
  const wire = await SshWire.listen(socketPath, host, moment, onMoment)
  const own = { ...settings, ...sshSettings(sources, socketPath) }
  const transport = createSshTransport({
    prompt: () => Promise.reject(new Error('Nobody is there to be asked')),
    environment: {
      home: sources,
      user: 'root',
      uid: 0,
      localHost: 'controller',
      variables: {},
      systemConfigFile: join(sources, 'none'),
    },
  })
  return {
    wire,
    apply: () => applyHere(faultInventory(sources, own), transport),
    applyInProcess: (onStart: (controller: ChildProcess) => void) => applyInProcess(sources, own, onStart),
    close: () => wire.close(),
  }
}

/** The ways to a namespace host: shells without SSH, and SSH. */

import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Inventory } from '../../src/index.ts'
import { createSshTransport } from '../../src/transport/ssh.ts'
import { faultInventory } from './fault-playbook.ts'
import type { NamespaceHost } from './namespace-host.ts'
import { applyHere, applyInProcess } from './runs.ts'
import { ShellWire } from './shell-wire.ts'
import { SshWire, sshSettings } from './ssh-wire.ts'
import type { Moment, Wire } from './wire.ts'

const settings = { reconnectTimeoutMs: 30_000, connectTimeoutMs: 10_000 }
/** The inventory for shells without SSH. */
export function shellInventory(sources: string): Inventory {
  return faultInventory(sources, settings)
}

/** Shells without SSH. */
export function overShells(
  host: NamespaceHost,
  sources: string,
  moment: Moment | undefined,
  onMoment: (wire: Wire) => void,
) {
  const wire = new ShellWire(host, moment, onMoment)
  const apply = () => applyHere(shellInventory(sources), wire)
  return { wire, apply, applyInProcess: apply, close: () => {} }
}

/** SSH, with `name` for the socket. */
export async function overSsh(
  host: NamespaceHost,
  sources: string,
  name: string,
  moment: Moment | undefined,
  onMoment: (wire: Wire) => void,
) {
  const socketPath = join(sources, `socket-${name}`)
  const wire = await SshWire.listen(socketPath, host, moment, onMoment)
  const own = { ...settings, ...sshSettings(sources, socketPath) }
  const transport = createSshTransport({
    prompt: () => Promise.reject(new Error('Nobody is there to be asked')),
    environment: { home: sources, user: 'root', systemConfigFile: join(sources, 'none') },
  })
  return {
    wire,
    apply: () => applyHere(faultInventory(sources, own), transport),
    applyInProcess: (onStart: (controller: ChildProcess) => void) => applyInProcess(sources, own, onStart),
    close: () => wire.close(),
  }
}

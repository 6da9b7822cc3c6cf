/** An exporter from the distribution's packages: its arguments, that it comes up with the network, that it runs. */

import { file, handler, service, systemdUnit, type TaskList } from 'foobar-deploy'
import type { ServiceOptions } from '../base/confinement.ts'

/** A package, and the arguments that its program is started with. */
export interface Exporter {
  readonly name: string
  readonly args: readonly string[]
  /** What systemd confines it to. */
  readonly sandbox: ServiceOptions
}

/** Other arguments end in a restart, for an exporter can do nothing else. */
export function restartOf(name: string) {
  return handler(`restart ${name}`, service.restart(name))
}

/** The arguments. Whose the file is, the package decides: that of the database server's exporter gives it to its user. */
export function argumentTasks({ name, args }: Exporter): TaskList {
  return [
    file({
      path: `/etc/default/${name}`,
      content: `# Written by foobar-deploy: changes are lost.\nARGS="${args.join(' ')}"\n`,
      notify: restartOf(name),
    }),
  ]
}

/** The unit of an exporter that is installed. */
export function unitTasks({ name, sandbox }: Exporter, hardened: boolean): TaskList {
  const confined = { ...withNetwork.Service, ...(hardened ? sandbox : {}) }
  return [
    systemdUnit({
      name,
      dropIn: 'foobar-deploy',
      sections: { Unit: withNetwork.Unit, Service: confined },
      notify: restartOf(name),
    }),
    service({ name, running: true, enabled: true }),
  ]
}

// It listens on an address that is not there before the network is: it waits, and is not given up when it cannot have it.
const withNetwork = {
  Unit: { Wants: 'network-online.target', After: 'network-online.target', StartLimitIntervalSec: 0 },
  Service: { Restart: 'always', RestartSec: 2 },
}

/** An address with a port; those of IPv6 are in brackets. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** An exporter from the distribution's packages: its arguments, that it comes up with the network, that it runs. */

import { apt, file, handler, service, systemdUnit, type TaskList } from 'foobar-deploy'

/**
 * The tasks of an exporter. Its arguments are there before the package, which starts it at once: it never listens anywhere
 * else. Others end in a restart, for it can do nothing else.
 */
export function exporterTasks(name: string, args: readonly string[]): TaskList {
  const restart = handler(`restart ${name}`, service.restart(name))
  return [
    // Whose it is, the package decides: that of the database server's exporter gives it to its user.
    file({
      path: `/etc/default/${name}`,
      content: `# Written by foobar-deploy: changes are lost.\nARGS="${args.join(' ')}"\n`,
      notify: restart,
    }),
    apt({ packages: [name] }),
    systemdUnit({ name, dropIn: 'foobar-deploy', sections: withNetwork, notify: restart }),
    service({ name, running: true, enabled: true }),
  ]
}

/** It listens on an address that is not there before the network is: it waits, and is not given up when it cannot have it. */
export const withNetwork = {
  Unit: { Wants: 'network-online.target', After: 'network-online.target', StartLimitIntervalSec: 0 },
  Service: { Restart: 'always', RestartSec: 2 },
}

/** An address with a port; those of IPv6 are in brackets. */
export function endpoint(address: string, port: number): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

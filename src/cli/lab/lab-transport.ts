/** The transport to the hosts of a lab: an error has the lab command that helps as its hint. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Transport } from '../../transport/transport.ts'

/** `transport`, with the hints of a lab. */
export function labTransport(transport: Transport): Transport {
  return {
    connect: async (target, signal) => {
      try {
        return await transport.connect(target, signal)
      } catch (thrown) {
        throw withLabHint(thrown, target.name)
      }
    },
  }
}

// A socket on this machine leads to each host. It is there while the lab is up; it closes connections to a host that is off.
function withLabHint(thrown: unknown, host: string): unknown {
  if (!(thrown instanceof FoobarDeployError)) return thrown
  const hints = new Map([
    [
      'connection-refused',
      'Bring the lab up with `foobar-deploy lab up`, and with `--inventory` if it is not the one of inventory/lab.ts.',
    ],
    [
      'closed-early',
      `If \`foobar-deploy lab status\` shows that the host is off, boot it with \`foobar-deploy lab start ${host}\`.`,
    ],
  ])
  const hint = hints.get(thrown.code)
  if (hint === undefined) return thrown
  const { family, code, summary, detail, cause } = thrown
  return new FoobarDeployError(family, code, summary, { hint, host, cause, ...definedOnly({ detail }) })
}

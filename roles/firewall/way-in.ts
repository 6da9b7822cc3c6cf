/** The resource `wayIn`: that the rules let in whoever applies them, and that no other firewall stands in the way. */

import { BlockList, isIPv4 } from 'node:net'
import { defineQuery, defineResource, FoobarDeployError, sh, z } from 'foobar-deploy'

/** How we came in, and who else filters. */
interface Surroundings {
  /** As sshd sees it; undefined where the session came by no network. */
  readonly connection: { readonly client: string; readonly serverPort: number } | undefined
  /** Firewalls that are active: `ufw`, `firewalld`. */
  readonly firewalls: readonly string[]
}

/** sudo takes SSH_CONNECTION from its environment, so it is asked for among the ancestors of the shell. */
const surroundings = defineQuery<null, Surroundings>({
  name: 'way-in',
  key: () => '',
  script: () =>
    sh`set --
p=$$
while [ "$p" -gt 1 ]; do
  set -- "$@" "/proc/$p/environ"
  q=1
  while read -r key value; do [ "$key" != PPid: ] || { q=$value; break; }; done <"/proc/$p/status" || break
  p=$q
done 2>/dev/null
grep -zhs '^SSH_CONNECTION=' "$@" | tr '\\0' '\\n'
if grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then echo firewall=ufw; fi
if [ -e /run/firewalld ] && systemctl is-active -q firewalld; then echo firewall=firewalld; fi
:`.script,
  parse: ({ stdout }) => {
    const lines = stdout.toString().split('\n')
    const found = lines.find((line) => line.startsWith('SSH_CONNECTION='))?.slice('SSH_CONNECTION='.length)
    const [client = '', , , port = ''] = found?.split(' ') ?? []
    const isKnown = /^[0-9a-f.:]+(%.*)?$/i.test(client) && /^\d+$/.test(port)
    return [
      {
        connection: isKnown ? { client: client.replace(/%.*/, ''), serverPort: Number(port) } : undefined,
        firewalls: lines.flatMap((line) => (line.startsWith('firewall=') ? [line.slice('firewall='.length)] : [])),
      },
    ]
  },
})

const schema = z.strictObject({
  /** From where SSH is let in. */
  sshFrom: z.union([z.literal('anyone'), z.array(z.string())]),
  sshPorts: z.array(z.int()),
  /** Whether it is refused to work beside another firewall. */
  refusesOthers: z.boolean(),
})

/** Checked before the first change of a run. */
export const wayIn = defineResource({
  type: 'wayIn',
  schema,
  id: () => 'ssh',
  read: () => ({ found: surroundings(null) }),
  parse: ({ found }, desired) => {
    refuseLockOut(found, desired)
    const [other] = found.firewalls
    if (other !== undefined && desired.refusesOthers) {
      throw new FoobarDeployError('task', 'other-firewall', `${other} is active on this host`, {
        detail: 'A packet gets in only if both let it in.',
        hint: `Disable ${other}, or have the role do it once its own rules are confirmed: otherFirewalls: 'disable'.`,
        needs: [`unit ${other}.service`],
      })
    }
    return found
  },
  isPrecondition: true,
  provides: () => [],
  diff: () => [],
  *apply() {},
})

function refuseLockOut({ connection }: Surroundings, { sshFrom, sshPorts }: z.output<typeof schema>): void {
  if (!connection) return
  const { client, serverPort } = connection
  const words = 'The rules would lock out the connection that loads them'
  if (!sshPorts.includes(serverPort)) {
    throw new FoobarDeployError('task', 'lock-out', words, {
      detail: `sshd was reached on port ${serverPort}; sshPorts are ${sshPorts.join(', ')}`,
      hint: `Add ${serverPort} to sshPorts.`,
    })
  }
  if (sshFrom === 'anyone' || isLoopback(client) || isIn(client, sshFrom)) return
  throw new FoobarDeployError('task', 'lock-out', words, {
    detail: `sshd sees it coming from ${client}; sshFrom is ${sshFrom.join(', ')}`,
    hint: `Add ${client}, or the network it is in, to sshFrom.`,
  })
}

/** Whether an address is one of the addresses, or in one of the networks. */
export function isIn(address: string, networks: readonly string[]): boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [base = '', prefix] = network.split('/')
    if (prefix === undefined) list.addAddress(base, family(base))
    else list.addSubnet(base, Number(prefix), family(base))
  }
  return list.check(address, family(address))
}

function isLoopback(address: string): boolean {
  return isIn(address, ['127.0.0.0/8', '::1'])
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

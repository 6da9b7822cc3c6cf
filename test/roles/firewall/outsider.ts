/** A network namespace of its own on the bridge of a lab: a host from outside that nothing is opened to. */

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { labPaths } from '../../../src/lab/index.ts'

const execute = promisify(execFile)
const probe = fileURLToPath(new URL('probe.ts', import.meta.url))

/** Where to knock from. */
export interface Outsider {
  /** How ports of `address` answer. */
  knock(address: string, ports: readonly number[]): Promise<Record<string, string>>
  remove(): Promise<void>
}

/** Makes the namespace, with an address in the network of the lab. */
export async function outsiderOf(lab: string, address: string): Promise<Outsider> {
  const { network } = labPaths(lab)
  const name = `${network}-out`
  await execute('sh', [
    '-euc',
    `ip netns delete ${name} 2>/dev/null || :
ip netns add ${name}
ip -n ${network} link delete out0 2>/dev/null || :
ip -n ${network} link add out0 type veth peer name eth0 netns ${name}
ip -n ${network} link set out0 master br0 up
ip -n ${name} address add ${address}/24 dev eth0
ip -n ${name} link set eth0 up`,
  ])
  return {
    knock: (to, ports) => knockFrom(`/run/netns/${name}`, to, ports),
    remove: async () => {
      await execute('ip', ['netns', 'delete', name])
    },
  }
}

/** How ports answer to somebody in the network of the lab itself. */
export function knockFromLab(lab: string, to: string, ports: readonly number[]): Promise<Record<string, string>> {
  return knockFrom(labPaths(lab).networkFile, to, ports)
}

async function knockFrom(network: string, to: string, ports: readonly number[]): Promise<Record<string, string>> {
  const args = [`--net=${network}`, '--', process.execPath, probe, to, ...ports.map(String)]
  const { stdout } = await execute('nsenter', args)
  return JSON.parse(stdout) as Record<string, string>
}

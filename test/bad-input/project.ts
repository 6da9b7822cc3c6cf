/** A small project with one host, as a user writes it, and the address of a host that counts who connects to it. */

import { createServer, type Server, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Parts of the project that a case writes differently; each is TypeScript. */
export interface Parts {
  /** Stands before the playbook: roles, variables, imports. */
  readonly before?: string
  /** The playbook's members beside name, groups and plays. */
  readonly playbook?: string
  /** The playbook's function. */
  readonly plays?: string
  /** The members of the only play beside its name and hosts. */
  readonly play?: string
  /** The elements of the play's list of tasks. */
  readonly tasks?: string
  /** The members of the host beside its address. */
  readonly host?: string
  /** The members of the inventory beside playbook, hosts and groups. */
  readonly inventory?: string
  readonly groups?: string
  /** How the inventory is exported. */
  readonly exports?: string
}

/** The inventory of the project; the host web1 is at `address`. */
export function inventoryText(parts: Parts, address: string, settings = ''): string {
  const { before = '', playbook = '', play = '', tasks = '', host = '', inventory = '' } = parts
  const { groups = "web: ['web1']", exports = 'export default' } = parts
  const members = play || `tasks: ({ host }) => [${tasks}]`
  const { plays = `({ vars }) => [{ name: 'Web', hosts: 'web', ${members} }]` } = parts
  return `import { apt, command, configFiles, defineInventory, definePlaybook, defineRole, directory, file, lineInFile, Secret, service, sh, systemdUnit, template, z } from 'foobar-deploy'
${before}
const site = definePlaybook({
  name: 'site', groups: ['web'], ${playbook}
  plays: ${plays},
})
${exports} defineInventory({
  playbook: site, ${inventory}
  hosts: { web1: { address: '${address}', ${settings} ${host} } },
  groups: { ${groups} },
})
`
}

/** A listener on loopback, gone after the test. */
export interface Listener {
  readonly port: number
  /** How many connections there were. */
  connections(): number
}

/** Starts a listener that does `answer` with each connection. */
export async function listen(answer: (socket: Socket) => void = (socket) => socket.destroy()): Promise<Listener> {
  let connections = 0
  const open = new Set<Socket>()
  const server: Server = createServer((socket) => {
    connections += 1
    open.add(socket)
    socket.on('error', () => {})
    answer(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return { port: (server.address() as { port: number }).port, connections: () => connections }
}

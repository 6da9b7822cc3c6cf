/** Which server is the primary: the servers say it. The inventory names only the one that starts. */

import type { Host } from 'foobar-deploy'
import { type DatabaseServer, type ServerState, serverOf } from './server-state.ts'

/** The primary of a group, and what contradicts it. */
export interface Primary {
  readonly host: Host
  /** How it is known. */
  readonly by: 'writable' | 'replicas' | 'inventory'
  /** Why nothing must be changed, with what each server says; undefined where all agree. */
  readonly contradiction: string | undefined
}

/** Finds the primary among the hosts of a group; `declared` starts a group that has none. */
export function findPrimary(members: readonly Host[], declared: Host): Primary {
  const servers = members.map((host) => ({ host, server: serverOf(host) }))
  const running = servers.flatMap(({ host, server }) => (server.kind === 'server' ? [{ host, server }] : []))
  // A server that was just installed is writable and has nothing.
  const writable = running.filter(({ server }) => server.isWritable && server.executed !== '' && !server.replication)
  const followed = servers.filter(({ host }) =>
    running.some(({ server }) => server.replication?.source === host.address),
  )
  const [only, another] = writable
  if (only && another) {
    const names = writable.map(({ host }) => host.name).join(' and ')
    return { host: only.host, by: 'writable', contradiction: `${names} are writable. ${viewsOf(servers)}` }
  }
  if (only) return { host: only.host, by: 'writable', contradiction: undefined }
  const [source, other] = followed.filter(({ server }) => server.kind !== 'server' || !server.replication)
  if (source && !other) return { host: source.host, by: 'replicas', contradiction: undefined }
  if (followed.length > 0) {
    const contradiction = `the replicas do not agree on their source. ${viewsOf(servers)}`
    return { host: declared, by: 'inventory', contradiction }
  }
  return { host: declared, by: 'inventory', contradiction: undefined }
}

/** What each server says, side by side. */
export function viewsOf(servers: readonly { readonly host: Host; readonly server: DatabaseServer }[]): string {
  return servers.map(({ host, server }) => `${host.name}: ${viewOf(server)}`).join('; ')
}

function viewOf(server: DatabaseServer): string {
  if (server.kind === 'none') return 'has no server'
  if (server.kind === 'silent') return `does not answer (${server.reason})`
  return `${server.isWritable ? 'writable' : 'read-only'}, ${relationOf(server)}`
}

function relationOf({ replication }: ServerState): string {
  return replication ? `replicates from ${replication.source}` : 'replicates from none'
}

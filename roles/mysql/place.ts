/** The host that the role is for, among its peers: everything that the tasks depend on, worked out once. */

import { FoobarDeployError, type Host } from 'foobar-deploy'
import { findPrimary, type Primary } from './primary.ts'
import { type Release, releaseOf } from './releases.ts'
import { type TlsFiles, tlsFilesOf } from './tls.ts'
import type { MysqlVariables } from './variables.ts'

/** A database host with its peers, its release and its certificates. */
export interface Place {
  readonly vars: MysqlVariables
  readonly host: Host
  /** The hosts of the group, this one among them. */
  readonly members: readonly Host[]
  readonly peers: readonly Host[]
  readonly hasPeers: boolean
  /** The one that is the primary, whatever the inventory says; it starts with the one that the inventory names. */
  readonly primary: Host
  readonly isPrimary: boolean
  /** Why nothing must be changed; see {@link Primary}. */
  readonly contradiction: string | undefined
  /** Undefined where it is chosen on the host. */
  readonly serverId: number | undefined
  /** The hosts that may connect beside the members. */
  readonly clients: readonly Host[]
  readonly tls: TlsFiles | undefined
  readonly release: Release
}

/**
 * Finds the place of a host. A mistake in the inventory is an error before any connection. An operation passes the primary that
 * it has decided on.
 */
export function placeOf(
  vars: MysqlVariables,
  host: Host,
  hosts: (group: string) => readonly Host[],
  decided?: Host,
): Place {
  const members = hosts(vars.group)
  const declared = members.find(({ name }) => name === vars.primary)
  if (!declared) {
    throw new FoobarDeployError('definition', 'mysql-primary-unknown', 'The primary is none of the database hosts', {
      detail: `${vars.primary} is not in the group ${vars.group}`,
      hint: `Name one of ${members.map(({ name }) => name).join(', ')}.`,
    })
  }
  const peers = members.filter(({ name }) => name !== host.name)
  if (peers.length > 0 && !vars.replication) {
    throw new FoobarDeployError('definition', 'mysql-replication-missing', 'Replicas need a user to come as', {
      detail: `the group ${vars.group} has ${members.length} hosts`,
      hint: "Say replication: { password: secret('mysql.replication') }.",
    })
  }
  if (peers.length > 0 && !vars.tls) {
    throw new FoobarDeployError('definition', 'mysql-tls-missing', 'Replicas check the certificate of their source', {
      detail: `the group ${vars.group} has ${members.length} hosts, and there is no tls`,
      hint: "Say tls: { authority: secret('tls.authority', { generate: 'certificate-authority' }) }, or the paths of certificates.",
    })
  }
  refuseSameServerIds(vars.serverIds)
  const primary: Pick<Primary, 'host' | 'contradiction'> = decided
    ? { host: decided, contradiction: undefined }
    : findPrimary(members, declared)
  return {
    vars,
    host,
    members,
    peers,
    hasPeers: peers.length > 0,
    primary: primary.host,
    isPrimary: primary.host.name === host.name,
    contradiction: primary.contradiction,
    serverId: vars.serverIds[host.name],
    clients: vars.clients.flatMap((group) => [...hosts(group)]),
    tls: tlsFilesOf(vars.tls),
    release: releaseOf(vars, host),
  }
}

function refuseSameServerIds(given: Readonly<Record<string, number>>): void {
  for (const [name, id] of Object.entries(given)) {
    const other = Object.keys(given).find((another) => another !== name && given[another] === id)
    if (other === undefined) continue
    throw new FoobarDeployError('definition', 'mysql-server-id-taken', 'Two database servers have one server id', {
      detail: `${name} and ${other} have ${id}`,
      hint: 'Set another number for one of them in serverIds.',
    })
  }
}

/** The host that the role is for, among its peers: everything that the tasks depend on, worked out once. */

import { FoobarDeployError, type Host } from 'foobar-deploy'
import { type Release, releaseOf } from './releases.ts'
import { serverIdsOf } from './server-id.ts'
import { type TlsFiles, tlsFilesOf } from './tls.ts'
import type { MysqlVariables } from './variables.ts'

/** See above. */
export interface Place {
  readonly vars: MysqlVariables
  readonly host: Host
  /** The other hosts of the group. */
  readonly peers: readonly Host[]
  readonly hasPeers: boolean
  readonly primary: Host
  readonly isPrimary: boolean
  readonly serverId: number
  readonly tls: TlsFiles | undefined
  readonly release: Release
}

/** Works it out; what is wrong with the inventory is an error before any connection. */
export function placeOf(vars: MysqlVariables, host: Host, members: readonly Host[]): Place {
  const primary = members.find(({ name }) => name === vars.primary)
  if (!primary) {
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
  const serverId = serverIdsOf(members, vars.serverIds).get(host.name) ?? 0
  return {
    vars,
    host,
    peers,
    hasPeers: peers.length > 0,
    primary,
    isPrimary: primary.name === host.name,
    serverId,
    tls: tlsFilesOf(vars.tls),
    release: releaseOf(vars, host),
  }
}

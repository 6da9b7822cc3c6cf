/** The database servers of an inventory as an operation sees them. */

import { FoobarDeployError, type Host, type OperationContext } from 'foobar-deploy'
import { findPrimary, viewsOf } from '../primary.ts'
import { type ServerState, serverOf } from '../server-state.ts'
import type { MysqlVariables } from '../variables.ts'

/** A host with its server. */
export interface Running {
  readonly host: Host
  readonly server: ServerState
}

/** The state of the group when an operation begins. */
export interface DatabaseGroup {
  readonly members: readonly Host[]
  readonly running: readonly Running[]
  /** The primary; one that is not known for sure is the one of the inventory. */
  readonly primary: Host
  /** What each server says, as a sentence. */
  readonly views: string
}

/** The servers of the group; throws where they contradict each other. */
export function groupOf({ members }: OperationContext<MysqlVariables, unknown>): DatabaseGroup {
  const hosts = members.map(({ host }) => host)
  const declared = members.find(({ host, vars }) => host.name === vars.primary)?.host ?? (hosts[0] as Host)
  const { host: primary, contradiction } = findPrimary(hosts, declared)
  const servers = hosts.map((host) => ({ host, server: serverOf(host) }))
  const views = viewsOf(servers)
  if (contradiction) throw refused('mysql-contradiction', 'The database servers contradict each other', contradiction)
  const running = servers.flatMap(({ host, server }) => (server.kind === 'server' ? [{ host, server }] : []))
  return { members: hosts, running, primary, views }
}

/** The member that an argument names. */
export function memberNamed({ members }: DatabaseGroup, name: string): Host {
  const found = members.find((host) => host.name === name)
  if (found) return found
  throw refused(
    'unknown-member',
    'There is no such database host',
    name,
    `There are: ${members.map((host) => host.name).join(', ')}.`,
  )
}

/** The server of a host; undefined where it does not answer. */
export function serverIn({ running }: DatabaseGroup, { name }: Host): ServerState | undefined {
  return running.find(({ host }) => host.name === name)?.server
}

/** The error of an operation that must not be done; nothing was changed. */
export function refused(code: string, summary: string, detail: string, hint?: string): FoobarDeployError {
  return new FoobarDeployError('refused', code, summary, { detail, ...(hint === undefined ? {} : { hint }) })
}

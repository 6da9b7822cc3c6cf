/** Statuses: what the probes of all roles say of each host, in one round trip after the facts. */

import { FoobarDeployError, messageOf } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import { refuse } from '../model/problem.ts'
import type { StatusProbe } from '../model/status-probe.ts'
import type { StatusRow } from '../plan/status-row.ts'
import type { SectionResult } from '../protocol/section.ts'
import { declarePlays } from './compile/declare-plays.ts'
import { roleScope, rolesOf } from './compile/host-roles.ts'
import { createHostView } from './compile/host-view.ts'
import { selectHosts } from './compile/selection.ts'
import { gather, type Reached } from './facts/gather.ts'
import type { RunContext, RunRequest } from './run-request.ts'

/** A part of what a host said. */
export interface SectionStatus {
  readonly section: string
  readonly rows: readonly StatusRow[]
}

/** What a host said, or why it could not be asked. */
export type HostStatus = readonly SectionStatus[] | FoobarDeployError

/** Asks the selected hosts, as `user` (undefined: the one who connects). Nothing is changed, and no lock is taken. */
export async function collectStatus(
  request: Pick<RunRequest, 'inventory' | 'limit' | 'forks' | 'overrides'>,
  context: Pick<RunContext, 'transport' | 'kill'>,
  user: string | undefined,
): Promise<Map<string, HostStatus>> {
  const { inventory } = request
  const names = selectHosts(inventory, request.limit)
  const declared = declarePlays(inventory, request.overrides, names)
  refuse(declared.problems)
  const found = await gather(names, request, context, user, declared.facts)
  const facts = new Map(
    [...found].flatMap(([name, host]): [string, Facts][] =>
      host instanceof FoobarDeployError ? [] : [[name, host.facts]],
    ),
  )
  const view = createHostView(inventory, declared, facts)
  const statuses = names.map(async (name): Promise<[string, HostStatus]> => {
    const host = found.get(name) as Reached | FoobarDeployError
    if (host instanceof FoobarDeployError) return [name, host]
    try {
      const around = roleScope(inventory, declared, view, name)
      const probes = rolesOf(inventory, declared, around).flatMap((role) => role.status(around))
      const sections = probes.map(({ script }) => ({ kind: 'read', script: script.script }) as const)
      const results = sections.length > 0 ? await host.link.read(user, sections) : []
      return [name, probes.map((probe, index) => readProbe(probe, results[index]))]
    } catch (thrown) {
      if (!(thrown instanceof FoobarDeployError)) throw thrown
      return [name, thrown.with({ host: name })]
    } finally {
      await host.link.close()
    }
  })
  return new Map(await Promise.all(statuses))
}

function readProbe({ section, parse }: StatusProbe, result: SectionResult | undefined): SectionStatus {
  try {
    return { section, rows: parse({ status: result?.status ?? 1, stdout: result?.stdout.toString() ?? '' }) }
  } catch (thrown) {
    return { section, rows: [{ state: { text: `not understood: ${messageOf(thrown)}`, level: 'bad' } }] }
  }
}

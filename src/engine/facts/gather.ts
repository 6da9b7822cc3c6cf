/** Gathering: the facts of many hosts over links that stay open, without a lock and without a run. */

import { randomBytes } from 'node:crypto'
import { FoobarDeployError } from '../../errors.ts'
import type { AnyFact } from '../../model/fact.ts'
import type { Facts } from '../../model/facts.ts'
import { forEachConcurrently } from '../concurrency.ts'
import { connectionTarget } from '../host/connection-target.ts'
import { HostLink } from '../host/host-link.ts'
import type { RunContext, RunRequest } from '../run-request.ts'
import { factSections, readFacts } from './gather-facts.ts'

/** A host that was reached; whoever asked closes the link. */
export interface Reached {
  readonly link: HostLink
  readonly facts: Facts
}

/** Reaches `names`, as `user` (undefined: the one who connects), and gathers `wanted` with the toolkit's own facts. A host that cannot be reached has its error instead. */
export async function gather(
  names: readonly string[],
  { inventory, forks }: Pick<RunRequest, 'inventory' | 'forks'>,
  { transport, kill }: Pick<RunContext, 'transport' | 'kill'>,
  user: string | undefined,
  wanted: readonly AnyFact[] = [],
): Promise<Map<string, Reached | FoobarDeployError>> {
  const found = new Map<string, Reached | FoobarDeployError>()
  await forEachConcurrently(names, forks, async (name) => {
    const link = new HostLink({
      target: connectionTarget(inventory, name),
      transport,
      owner: { runId: randomBytes(6).toString('hex'), description: '' },
      user,
      readOnly: false,
      // There is nothing to finish first: the first signal ends it.
      stop: kill,
      kill,
      onReconnected: () => {},
      onNotice: () => {},
    })
    kill?.addEventListener('abort', () => link.abort())
    try {
      await link.connect()
      const results = await link.start(factSections(wanted), false)
      found.set(name, { link, facts: readFacts(wanted, results).facts })
    } catch (thrown) {
      await link.close()
      if (!(thrown instanceof FoobarDeployError)) throw thrown
      found.set(name, thrown.with({ host: name }))
    }
  })
  return found
}

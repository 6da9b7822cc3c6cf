/** Unlocking: who holds the locks of hosts, and giving up the locks of runs that nobody stands behind. */

import { FoobarDeployError } from '../errors.ts'
import { refuse } from '../model/problem.ts'
import { compileAhead } from './compile/compile-plays.ts'
import { declarePlays } from './compile/declare-plays.ts'
import { firstUser } from './compile/first-user.ts'
import { selectHosts } from './compile/selection.ts'
import { gather, type Reached } from './facts/gather.ts'
import { endHolder, type LockState, printHolder, readHolder } from './host/lock-holder.ts'
import type { RunContext, RunRequest } from './run-request.ts'

/** What is known of the lock of a host, or why it could not be asked. */
export type HostLock = LockState | FoobarDeployError

/** The locks of the selected hosts. */
export interface Locks {
  readonly states: ReadonlyMap<string, HostLock>
  /** Ends the shell that held the lock of `host` when it was asked, once it has nothing to do; the state afterwards. */
  end(host: string): Promise<HostLock>
  close(): Promise<void>
}

/** Asks the selected hosts who holds their locks. Nothing is changed. */
export async function findLocks(
  request: Pick<RunRequest, 'inventory' | 'limit' | 'forks' | 'overrides'>,
  context: Pick<RunContext, 'transport' | 'kill'>,
): Promise<Locks> {
  const { inventory } = request
  const names = selectHosts(inventory, request.limit)
  const declared = declarePlays(inventory, request.overrides, names)
  refuse(declared.problems)
  const ahead = compileAhead(inventory, declared)
  refuse(ahead.problems)
  const users = new Map(names.map((name) => [name, firstUser(inventory, declared, ahead, name)]))
  const reached = new Map<string, Reached | FoobarDeployError>()
  for (const user of new Set(users.values())) {
    const own = names.filter((name) => users.get(name) === user)
    for (const [name, host] of await gather(own, request, context, user)) reached.set(name, host)
  }
  const ask = async (name: string, script: string): Promise<HostLock> => {
    const host = reached.get(name) as Reached | FoobarDeployError
    if (host instanceof FoobarDeployError) return host
    try {
      const { stdout } = await host.link.control(users.get(name), script)
      const state = readHolder(stdout.toString())
      if (state) return state
      return new FoobarDeployError('task', 'lock-unknown', 'The host does not say who holds its lock', {
        host: name,
        detail: JSON.stringify(stdout.toString().slice(0, 200)),
      })
    } catch (thrown) {
      if (!(thrown instanceof FoobarDeployError)) throw thrown
      return thrown.with({ host: name })
    }
  }
  const states = new Map(await Promise.all(names.map(async (name) => [name, await ask(name, printHolder)] as const)))
  return {
    states,
    async end(name) {
      const shown = states.get(name)
      return shown && 'kind' in shown && shown.kind === 'held' ? ask(name, endHolder(shown)) : ask(name, printHolder)
    },
    async close() {
      const open = [...reached.values()].flatMap((host) => (host instanceof FoobarDeployError ? [] : [host.link]))
      await Promise.all(open.map((link) => link.close()))
    },
  }
}

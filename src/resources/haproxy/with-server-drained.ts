/** Taking a server out of its balancers while tasks are done to it. */

import type { Task } from '../../model/task-tree.ts'
import { haproxyServer } from './server.ts'

/**
 * Tasks for a handler: the server gets no more requests from any of the balancers, and those that it has come to their end;
 * then `tasks` are done; then it is put back, one balancer after the other, and each must see it up. Nothing is done where no
 * HAProxy runs yet, or one that does not know the server.
 *
 * - The last of `tasks` should wait until the service answers again (`waitFor`), because HAProxy notices an end only by its
 *   next checks.
 * - Say `serial: 1` in the play. A server is not drained while no other is up: another is waited for, and if none comes
 *   within `waitMs`, `tasks` are done to a server that takes requests, which is told.
 * - Balancers are connected to also where `--limit` left them out of the run. One that cannot be reached is told and counted
 *   as a failure that was ignored: if it is down, it sends nobody; if it is only cut off from you, it finds out by its checks.
 * - If one of `tasks` fails, the server stays drained, and the run ends there; the next run executes the handler. The role haproxy
 *   puts servers back in any case.
 *
 * @example
 * ```ts
 * import { handler, service, waitFor, withServerDrained } from 'foobar-deploy'
 *
 * handler(
 *   'restart shop',
 *   withServerDrained({ balancers: ['lb1', 'lb2'], backend: 'web', server: 'web1' }, [
 *     service.restart('shop'),
 *     waitFor({ http: 'http://127.0.0.1:3000/readyz' }),
 *   ]),
 * )
 * ```
 */
export function withServerDrained(
  given: {
    /** The hosts that HAProxy runs on, by their names in the inventory. */
    readonly balancers: readonly string[]
    readonly backend: string
    readonly server: string
    /** How long to wait at most for sessions to end, and for the server to be up again, in milliseconds; default 30,000. */
    readonly waitMs?: number
    /** The runtime socket; default `/run/haproxy/admin.sock`. */
    readonly socket?: string
  },
  tasks: Task | readonly Task[],
): Task[] {
  const { balancers, backend, server, ...rest } = given
  const onEach = (verb: string, state: 'ready' | 'drain') =>
    balancers.map((balancer) =>
      haproxyServer({
        title: `${verb} ${backend}/${server} on ${balancer}`,
        backend,
        server,
        state,
        unlessLast: state === 'drain',
        ifRunning: true,
        delegateTo: balancer,
        ignoreUnreachable: true,
        ...rest,
      }),
    )
  return [...onEach('drain', 'drain'), ...('kind' in tasks ? [tasks] : tasks), ...onEach('put back', 'ready')]
}

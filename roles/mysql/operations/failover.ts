/** `do mysql failover`: a replica becomes the primary, because the primary is lost. */

import {
  after,
  command,
  defineOperation,
  FoobarDeployError,
  type Host,
  localCommand,
  service,
  type TaskList,
  z,
} from 'foobar-deploy'
import { transactionsBeyond } from 'foobar-deploy/mysql'
import { programs } from '../programs.ts'
import { releaseOf } from '../releases.ts'
import { mysqlVariables } from '../variables.ts'
import { followTasks } from './follow.ts'
import { type DatabaseGroup, groupOf, memberNamed, type Running, refused, serverIn } from './group.ts'

/** Who takes over from whom, and how the old primary is kept from coming back. */
interface Failover {
  readonly from: Host
  readonly to: Host
  readonly isDone: boolean
  /** A command of this machine that turns the old primary off. */
  readonly fence: string | undefined
  /** What may be lost, as a sentence. */
  readonly loss: string | undefined
}

/** See the role's page. */
export const failover = defineOperation({
  summary: 'Make a replica the primary, because the primary is lost; says what may be lost with it',
  variables: mysqlVariables,
  args: z.strictObject({
    to: z.string().optional().describe('The new primary; by default the replica that has received most'),
  }),
  withoutUnreachable: true,
  decide: (context): Failover => {
    const fence = context.members.map(({ host, vars }) => [host.name, vars.fence[host.name]] as const)
    return decide(groupOf(context), context.args.to, new Map(fence))
  },
  confirm: ({ from, isDone, fence, loss }) => {
    if (isDone) return undefined
    const isFenced = from.reached || fence !== undefined
    if (isFenced && loss === undefined) return undefined
    const warnings = [
      ...(isFenced
        ? []
        : [
            `${from.name} does not answer, and nothing here can turn it off. Turn it off first: it must not come back as a primary`,
          ]),
      ...(loss === undefined ? [] : [loss]),
    ]
    return { warning: warnings.join('. '), word: isFenced ? `lose-writes-of-${from.name}` : `${from.name}-is-off` }
  },
  plays: [
    {
      name: 'Fence',
      tasks: ({ host, vars, decision: { from, to, isDone, fence } }) => {
        if (isDone) return []
        if (from.reached) return host.name === from.name ? stopTasks(releaseOf(vars, host).unit) : []
        if (fence === undefined || host.name !== to.name) return []
        const turnOff = localCommand({ title: `turn ${from.name} off`, run: fence, always: true, ignoreFailure: true })
        return [turnOff, after(turnOff, ({ status, output }) => (status === 'failed' ? notFenced(from, output) : []))]
      },
    },
    {
      name: 'Take over',
      tasks: ({ host, vars, decision: { to, isDone } }) =>
        isDone || host.name !== to.name
          ? []
          : [
              command({
                title: `open ${to.name}`,
                run: `${programs.promote} --seconds=${vars.waitSeconds}`,
                always: true,
              }),
            ],
    },
    {
      name: 'Follow',
      tasks: (context) =>
        context.host.name === context.decision.from.name ? [] : followTasks(context, context.decision.to),
    },
  ],
})

function decide(
  group: DatabaseGroup,
  wanted: string | undefined,
  fences: ReadonlyMap<string, string | undefined>,
): Failover {
  const { primary, running, views } = group
  const own = serverIn(group, primary)
  if (own?.isWritable) {
    if (wanted !== undefined && wanted === primary.name) {
      return { from: primary, to: primary, isDone: true, fence: undefined, loss: undefined }
    }
    throw refused(
      'mysql-primary-alive',
      `The primary ${primary.name} works`,
      views,
      'To move it: foobar-deploy do mysql switchover.',
    )
  }
  const candidates = running.filter(({ host, server }) => server.replication && host.name !== primary.name)
  const to =
    wanted === undefined
      ? mostReceived(candidates)
      : candidates.find(({ host }) => host.name === memberNamed(group, wanted).name)
  if (!to) throw refused('mysql-no-candidate', 'No replica can take over', views)
  const ahead = candidates.find((other) => transactionsBeyond(receivedBy(other), receivedBy(to)) > 0)
  if (ahead) {
    throw refused(
      'mysql-candidate-behind',
      `${to.host.name} has received less than ${ahead.host.name}`,
      views,
      `Say --to ${ahead.host.name}, or leave --to out.`,
    )
  }
  return {
    from: primary,
    to: to.host,
    isDone: false,
    fence: fences.get(primary.name),
    loss: lossOf(to, primary, own?.executed),
  }
}

/** All transactions that a replica has or will have. */
function receivedBy({ server: { executed, replication } }: Running): string {
  return [executed, replication?.received ?? ''].filter((set) => set !== '').join(',')
}

function mostReceived(candidates: readonly Running[]): Running | undefined {
  return (
    candidates.find((one) =>
      candidates.every((other) => transactionsBeyond(receivedBy(other), receivedBy(one)) === 0),
    ) ?? candidates[0]
  )
}

function lossOf(to: Running, primary: Host, executedThere: string | undefined): string | undefined {
  if (executedThere !== undefined) {
    const missing = transactionsBeyond(executedThere, receivedBy(to))
    return missing === 0
      ? undefined
      : `${missing} transactions of ${primary.name} have not arrived at ${to.host.name}, and would be lost`
  }
  if (to.server.isSemiSync) return undefined
  return `${to.host.name} did not acknowledge the last commits of ${primary.name} (semi-sync was off), so writes of the last moments may be lost`
}

// The unit that would make it writable first.
function stopTasks(server: string): TaskList {
  return ['mysql-writable', server].map((name) => service({ name, running: false }))
}

function notFenced({ name }: Host, output: string): never {
  throw new FoobarDeployError('fencing', 'fencing-failed', `${name} could not be turned off; nothing was changed`, {
    detail: output.trim(),
    hint: 'Turn it off by hand. Then leave the `fence` command out, and confirm that it is off.',
  })
}

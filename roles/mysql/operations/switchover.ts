/** `do mysql switchover`: another server becomes the primary, while both run. */

import { assert, block, command, defineOperation, type Host, z } from 'foobar-deploy'
import { placeOf } from '../place.ts'
import { programs } from '../programs.ts'
import type { ServerState } from '../server-state.ts'
import { mysqlVariables } from '../variables.ts'
import { closeTask, openTask } from '../writable.ts'
import { followTasks } from './follow.ts'
import { type DatabaseGroup, groupOf, memberNamed, refused, serverIn } from './group.ts'

/** Which server hands over to which. */
interface Switch {
  /** Undefined where the new primary is open already. */
  readonly from: Host | undefined
  readonly to: Host
}

/** See the role's page. */
export const switchover = defineOperation({
  summary: 'Make another server the primary; no write is lost, and the site goes on',
  variables: mysqlVariables,
  args: z.strictObject({
    to: z.string().optional().describe('The new primary; the other server where there are two'),
  }),
  decide: (context): Switch => decide(groupOf(context), context.args.to),
  plays: [
    {
      name: 'Hand over',
      tasks: ({ host, vars, hosts, decision: { from, to } }) => {
        if (host.name !== from?.name) return []
        const place = placeOf(vars, host, hosts, host)
        const open = command({
          title: `open ${to.name}`,
          run: `${programs.promote} --seconds=${vars.waitSeconds}`,
          always: true,
          delegateTo: to.name,
        })
        const message = `${to.name} did not become the primary, so ${host.name} is the primary again. The task above says why`
        return [
          block({
            tasks: [closeTask(place), open],
            // It asks the others, and stays closed if one of them is open after all.
            rescue: [openTask(place), assert({ that: false, message })],
          }),
        ]
      },
    },
    { name: 'Follow', tasks: (context) => followTasks(context, context.decision.to) },
  ],
})

function decide(group: DatabaseGroup, wanted: string | undefined): Switch {
  const { primary, views } = group
  const to = wanted === undefined ? onlyReplica(group) : memberNamed(group, wanted)
  const server = serverIn(group, to)
  if (!server) throw refused('mysql-silent', `The server of ${to.name} does not answer`, views)
  if (to.name === primary.name && server.isWritable) return { from: undefined, to }
  const problem = problemOf(server, to, primary)
  if (problem) throw refused('mysql-not-ready', `${to.name} cannot take over`, `${problem}. ${views}`)
  if (!serverIn(group, primary)) {
    throw refused(
      'mysql-primary-silent',
      `The primary ${primary.name} does not answer`,
      views,
      'If it is lost: foobar-deploy do mysql failover.',
    )
  }
  return { from: primary, to }
}

function onlyReplica({ members, primary }: DatabaseGroup): Host {
  const [other, another] = members.filter(({ name }) => name !== primary.name)
  if (other && !another) return other
  throw refused(
    'mysql-which-one',
    'More than one server can become the primary',
    `the primary is ${primary.name}`,
    `Say --to and one of ${members.map(({ name }) => name).join(', ')}.`,
  )
}

const maxLagSeconds = 30

// What stands against promoting a replica.
function problemOf({ replication }: ServerState, to: Host, primary: Host): string | undefined {
  if (!replication) return `${to.name} replicates from none`
  const { source, isReceiving, isApplying, lagSeconds, error } = replication
  if (source !== primary.address) return `it replicates from ${source}, not from ${primary.name}`
  if (!isReceiving || !isApplying) return `its replication does not run${error === '' ? '' : `: ${error}`}`
  if (lagSeconds === undefined || lagSeconds > maxLagSeconds) return `it is ${lagSeconds ?? 'an unknown time'} s behind`
  return undefined
}

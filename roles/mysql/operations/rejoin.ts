/** `do mysql rejoin`: a server that is refused follows the primary again, after what only it has was saved. */

import { defineOperation, type Host, script, z } from 'foobar-deploy'
import { mysqlVariables } from '../variables.ts'
import { followTasks } from './follow.ts'
import { groupOf, memberNamed, refused, serverIn } from './group.ts'

/** See the role's page. */
export const rejoin = defineOperation({
  summary: 'Let a server follow the primary again; saves what only that server has, then copies the primary',
  variables: mysqlVariables,
  args: z.strictObject({
    host: z.string().describe('The server'),
    rebuild: z.boolean().default(false).describe('Copy everything, also if it could go on with what it has'),
  }),
  decide: (context): { readonly host: Host; readonly primary: Host; readonly rebuild: boolean } => {
    const group = groupOf(context)
    const host = memberNamed(group, context.args.host)
    const { primary, views } = group
    if (host.name === primary.name) throw refused('mysql-is-primary', `${host.name} is the primary`, views)
    if (!serverIn(group, primary)?.isWritable)
      throw refused('mysql-primary-silent', `The primary ${primary.name} is not writable`, views)
    if (!serverIn(group, host)) throw refused('mysql-silent', `The server of ${host.name} does not answer`, views)
    return { host, primary, rebuild: context.args.rebuild }
  },
  confirm: ({ host, primary }) => ({
    warning: `The data of ${host.name} is replaced by that of ${primary.name}, unless ${host.name} has nothing of its own`,
    word: host.name,
  }),
  plays: [
    {
      name: 'Save',
      tasks: ({ host, vars, decision }) =>
        host.name !== decision.host.name
          ? []
          : [
              script({
                title: `save what only ${host.name} has`,
                from: '../files/mysql-start-over.sh',
                args: [decision.primary.address, String(vars.health.port), String(decision.rebuild)],
                always: true,
              }),
            ],
    },
    {
      name: 'Follow',
      tasks: (context) =>
        context.host.name === context.decision.host.name ? followTasks(context, context.decision.primary) : [],
    },
  ],
})

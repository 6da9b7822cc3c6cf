/** What the compiler must say of playbooks and roles: groups, variables and host variables are known by name. */

import { definePlaybook, defineRole, type Task, z } from 'foobar-deploy'

declare const task: Task

const nginx = defineRole({
  name: 'nginx',
  variables: z.strictObject({ serverName: z.string(), workerConnections: z.int().default(1024) }),
  tasks: ({ vars, host, hosts }) => [
    vars.workerConnections > 1 && task,
    [task, host.facts.cpus > 2 ? task : undefined],
    hosts('web').map(() => task),
  ],
})
const chrony = defineRole({ name: 'chrony', tasks: () => [task] })

export const good = definePlaybook({
  name: 'site',
  groups: ['web', 'database'],
  variables: z.strictObject({ domain: z.string() }),
  hostVariables: z.strictObject({ database: z.enum(['primary', 'replica']) }),
  plays: ({ vars }) => [
    { name: 'Everywhere', hosts: 'all', roles: [chrony(), chrony({})] },
    { name: 'Web', hosts: ['web', 'database'], roles: [nginx({ serverName: vars.domain })] },
    {
      name: 'Database',
      hosts: 'database',
      become: false,
      roles: [(host) => nginx({ serverName: host.vars.database })],
      tasks: ({ host }) => [host.vars.database === 'primary' && task],
    },
  ],
})

export const wrong = definePlaybook({
  name: 'site',
  groups: ['web', 'database'],
  variables: z.strictObject({ domain: z.string() }),
  hostVariables: z.strictObject({ database: z.enum(['primary', 'replica']) }),
  plays: ({ vars }) => [
    // @ts-expect-error Type '"wbe"' is not assignable
    { name: 'Unknown group', hosts: 'wbe' },
    // @ts-expect-error Type '"wbe"' is not assignable
    { name: 'Unknown group in a list', hosts: ['web', 'wbe'] },
    // @ts-expect-error Property 'domian' does not exist
    { name: `Misspelt variable ${vars.domian}`, hosts: 'web' },
    // @ts-expect-error Property 'datebase' does not exist
    { name: 'Misspelt host variable', hosts: 'web', roles: [(host) => nginx({ serverName: host.vars.datebase })] },
    // @ts-expect-error 'sreial' does not exist
    { name: 'Misspelt setting', hosts: 'web', sreial: 1 },
    // @ts-expect-error 'hosts' is missing
    { name: 'No hosts' },
    // @ts-expect-error '"standby"' have no overlap
    { name: 'No such value', hosts: 'web', tasks: ({ host }) => [host.vars.database === 'standby' && task] },
  ],
})

// @ts-expect-error 'servername' does not exist in type
nginx({ servername: 'www.foobar.com' })

// @ts-expect-error 'serverName' is missing
nginx({})

// @ts-expect-error Expected 1 arguments
nginx()

// @ts-expect-error Type 'string' is not assignable to type 'number'
nginx({ serverName: 'www.foobar.com', workerConnections: '1024' })

// @ts-expect-error is not assignable to type 'never'
chrony({ verbose: true })

defineRole({
  name: 'misspelt-variable',
  variables: z.strictObject({ port: z.int() }),
  // @ts-expect-error Property 'prot' does not exist
  tasks: ({ vars }) => [vars.prot > 1 && task],
})

defineRole({
  name: 'misspelt-fact',
  // @ts-expect-error Property 'cpu' does not exist
  tasks: ({ host }) => [host.facts.cpu > 1 && task],
})

defineRole({
  name: 'no-task',
  // @ts-expect-error Type 'string' is not assignable
  tasks: () => ['apt-get install nginx'],
})

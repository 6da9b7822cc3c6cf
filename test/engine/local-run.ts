/** Runs of the engine on this machine, for tests: real shells and files, without a network. */

import type { RunEvent } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { RunContext, RunRequest } from '../../src/engine/run-request.ts'
import { defineInventory, definePlaybook, type Host, type Play, type TaskList } from '../../src/index.ts'
import { transportWithStateIn } from './own-state.ts'

/** Runs `tasks` in one play on this machine; what a host keeps is kept in `folder`. */
export async function runLocally(
  folder: string,
  tasks: () => TaskList,
  options: Partial<RunRequest> = {},
  context: Partial<RunContext> = {},
) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['all-of-them'],
    plays: () => [{ name: 'Only', hosts: 'all', become: false, tasks }],
  })
  const inventory = defineInventory({
    playbook,
    hosts: { here: { address: 'local' } },
    groups: { 'all-of-them': ['here'] },
  })
  const events: RunEvent[] = []
  const result = await run(
    { inventory, mode: 'apply', limit: [], tags: [], skipTags: [], overrides: [], forks: 5, diff: false, ...options },
    {
      transport: transportWithStateIn(folder),
      ...context,
      emit: (event) => {
        events.push(event)
        context.emit?.(event)
      },
    },
  )
  return { result, events, here: result.recap.here as (typeof result.recap)[string] }
}

/** Runs one play, and those that are `later`, on as many hosts as `names`, all of which are this machine with a state of their own. */
export async function rollLocally(
  folder: string,
  names: readonly string[],
  play: Partial<Play>,
  tasks: (host: Host) => TaskList,
  options: Partial<RunRequest> = {},
  context: Partial<RunContext> = {},
  later: readonly Play<'web'>[] = [],
) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      { name: 'Roll', hosts: 'web', become: false, ...play, tasks: ({ host }) => tasks(host) } as Play<'web'>,
      ...later,
    ],
  })
  const hosts = Object.fromEntries(names.map((name) => [name, { address: 'local' }]))
  const inventory = defineInventory({ playbook, hosts, groups: { web: names } })
  const events: RunEvent[] = []
  const result = await run(
    { inventory, mode: 'apply', limit: [], tags: [], skipTags: [], overrides: [], forks: 5, diff: false, ...options },
    {
      transport: transportWithStateIn(folder),
      localTransport: transportWithStateIn(folder),
      ...context,
      emit: (event) => events.push(event),
    },
  )
  return { result, events }
}

/** The statuses of tasks in the order in which they ended, as `status title`. */
export function endings(events: readonly RunEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'task-finished' ? [`${event.status} ${event.task.title}`] : []))
}

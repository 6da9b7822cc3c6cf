/** `list`: what an inventory comes to, without connecting. */

import { refuse } from '../../model/problem.ts'
import { dataLine } from '../../report/json-lines.ts'
import type { Arguments } from '../arguments.ts'
import { assumedFacts } from '../assumed-facts.ts'
import { standInForSecrets } from '../inventory-secrets.ts'
import { defaultInventory, loadInventory } from '../load-inventory.ts'
import { paintFor, write } from '../terminal.ts'
import { listedVars } from './listed-vars.ts'
import { type Listing, listingText } from './listing-text.ts'

/** What of an inventory is to be shown. */
export interface ListParts {
  readonly hosts: boolean
  readonly tasks: boolean
  readonly vars: boolean
  readonly tags: boolean
  readonly operations: boolean
}

/** Shows the asked parts. */
export async function listInventory(args: Arguments, parts: ListParts): Promise<void> {
  const listing = await listingOf(args.inventories[0] ?? defaultInventory(), args, parts)
  if (args.output === 'json') write(dataLine({ type: 'listing', ...listing }, Date.now()))
  else write(listingText(listing, await paintFor('stdout')))
}

/** The asked parts as data. */
export async function listingOf(
  path: string,
  { limit, overrides }: Pick<Arguments, 'limit' | 'overrides'>,
  parts: ListParts,
): Promise<Listing> {
  const inventory = await loadInventory(path)
  // What is missing does not matter to a list; `check` tells it.
  const { lacking } = await standInForSecrets(path)
  const { selectHosts } = await import('../../engine/compile/selection.ts')
  const { groupsOf } = await import('../../model/inventory.ts')
  const names = selectHosts(inventory, limit)
  const hosts = names.map((name) => ({
    name,
    address: inventory.hosts[name]?.address ?? name,
    groups: groupsOf(inventory, name),
  }))
  const vars = names.map((host) => ({ host, vars: listedVars(inventory, host, overrides) }))
  const { compileAll } = await import('../../engine/compile/compile-plays.ts')
  const { operationsOf } = await import('../../engine/compile/operation.ts')
  const { factsOf } = await import('../../engine/compile/declare-plays.ts')
  // All hosts are built, because roles may look at hosts beyond those listed.
  const built = compileAll(
    inventory,
    overrides,
    assumedFacts(inventory, Object.keys(inventory.hosts), factsOf(inventory, overrides)),
  )
  refuse(built.problems)
  const plays = built.plays.map(({ name, tasks }) => ({
    name,
    hosts: names
      .filter((host) => tasks.has(host))
      .map((host) => ({
        host,
        tasks: (tasks.get(host) ?? []).map(({ reference: { title, role }, tags }) => ({
          title,
          ...(role === undefined ? {} : { role }),
          tags,
        })),
      })),
  }))
  const operations = operationsOf(inventory, overrides).map(({ role, operations: verbs, hosts: on }) => ({
    role,
    hosts: on,
    operations: Object.entries(verbs).map(([name, { summary }]) => ({ name, summary })),
  }))
  const tags = [
    ...new Set(plays.flatMap((play) => play.hosts.flatMap(({ tasks }) => tasks.flatMap((task) => task.tags)))),
  ]
  return {
    playbook: inventory.playbook.name,
    ...(parts.hosts ? { hosts } : {}),
    ...(parts.tasks ? { plays } : {}),
    ...(parts.vars ? { vars } : {}),
    ...(parts.tags ? { tags: tags.sort() } : {}),
    ...(parts.operations && operations.length > 0 ? { operations } : {}),
    ...(lacking.length > 0 ? { secretsToMake: lacking } : {}),
  }
}

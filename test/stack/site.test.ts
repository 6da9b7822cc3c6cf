/** The playbook of the reference stack as it is built, without hosts: its tags, and what its plays depend on. */

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { assumedFacts } from '../../src/cli/assumed-facts.ts'
import { standInForSecrets } from '../../src/cli/inventory-secrets.ts'
import { loadInventory } from '../../src/cli/load-inventory.ts'
import { compileAll } from '../../src/engine/compile/compile-plays.ts'
import { tasksIn } from '../../src/engine/compile/compiled-play.ts'
import { factsOf } from '../../src/engine/compile/declare-plays.ts'
import { selectTasks } from '../../src/engine/compile/selection.ts'

const file = fileURLToPath(new URL('../../inventory/lab.ts', import.meta.url))
const inventory = await loadInventory(file)
await standInForSecrets(file)
const facts = assumedFacts(inventory, Object.keys(inventory.hosts), factsOf(inventory, []))
const { plays, problems } = compileAll(inventory, [], facts)
const roles = ['app', 'base', 'exporters', 'firewall', 'haproxy', 'keepalived', 'mysql', 'nginx', 'prometheus']

function rolesWith(tags: readonly string[]): (string | undefined)[] {
  const selected = selectTasks(plays, { tags, skipTags: [] })
  const tasks = selected.flatMap(({ nodes }) => [...nodes.values()].flatMap(tasksIn))
  return [...new Set(tasks.map(({ reference }) => reference.role))].toSorted()
}

it('has nine roles, and each of them has its name as a tag', () => {
  expect(problems).toEqual([])
  expect(rolesWith([])).toEqual(roles)
  for (const role of roles) expect(rolesWith([role])).toEqual([role])
})

it('goes on with the balancers and the application where a database fails', () => {
  const ends = plays.map(({ name, play }) => [name, play.onFailure] as const)
  expect(ends.filter(([, onFailure]) => onFailure === 'next-play').map(([name]) => name)).toEqual(['Databases'])
})

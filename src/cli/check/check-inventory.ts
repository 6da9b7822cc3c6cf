/** What is wrong with an inventory, found without connecting to a host. */

import { relative } from 'node:path'
import { cwd } from 'node:process'
import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { Inventory } from '../../model/inventory.ts'
import type { Problem } from '../../model/problem.ts'
import type { VarOverride } from '../../model/vars.ts'
import { assumedFacts } from '../assumed-facts.ts'
import { beginSecrets, standInForSecrets } from '../inventory-secrets.ts'
import { inventoryFile, loadInventory } from '../load-inventory.ts'
import { typeProblems } from './type-check.ts'

/** How a check ended. */
export interface Checked {
  /** The path as it was given. */
  readonly inventory: string
  readonly problems: readonly Problem[]
  readonly hosts: number
  /** Tasks of all hosts. */
  readonly tasks: number
  /** Names of secrets that an apply will make. */
  readonly secretsToMake?: readonly string[]
}

/** Types, then definitions, then all tasks of all hosts with assumed facts; problems of all three together. */
export async function checkInventory(path: string, overrides: readonly VarOverride[]): Promise<Checked> {
  const file = inventoryFile(path)
  beginSecrets(file)
  const [types, loaded] = await Promise.all([typeProblems(file), problemsOr(path, () => loadInventory(path))])
  const inventory = relative(cwd(), file).startsWith('..') ? file : relative(cwd(), file)
  const count = { inventory, hosts: 0, tasks: 0 }
  if (loaded.problems.length > 0 || !loaded.value)
    return { ...count, problems: distinct([...types, ...loaded.problems]) }
  const secrets = await problemsOr('secrets', () => standInForSecrets(file))
  const built = await buildInventory(loaded.value, overrides)
  const problems = [...types, ...secrets.problems, ...(secrets.value?.problems ?? []), ...built.problems]
  const lacking = secrets.value?.lacking ?? []
  return { ...count, ...built, ...(lacking.length > 0 ? { secretsToMake: lacking } : {}), problems: distinct(problems) }
}

async function buildInventory(
  inventory: Inventory,
  overrides: readonly VarOverride[],
): Promise<Pick<Checked, 'problems' | 'hosts' | 'tasks'>> {
  const { compileAll } = await import('../../engine/compile/compile-plays.ts')
  const { factsOf } = await import('../../engine/compile/declare-plays.ts')
  const hosts = Object.keys(inventory.hosts)
  const built = await problemsOr('playbook', async () =>
    compileAll(inventory, overrides, assumedFacts(inventory, hosts, factsOf(inventory, overrides))),
  )
  const tasks = built.value?.plays.flatMap((play) => [...play.tasks.values()].map((list) => list.length)) ?? []
  return {
    problems: [...built.problems, ...(built.value?.problems ?? [])],
    hosts: hosts.length,
    tasks: tasks.reduce((sum, amount) => sum + amount, 0),
  }
}

/** What `work` gives, or its error as a problem. */
async function problemsOr<T>(subject: string, work: () => Promise<T>): Promise<{ value?: T; problems: Problem[] }> {
  try {
    return { value: await work(), problems: [] }
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError)) throw thrown
    const message = [thrown.message, thrown.hint].filter((part) => part !== undefined).join('\nhint: ')
    return { problems: [{ subject, path: '', message, ...definedOnly({ at: thrown.at }) }] }
  }
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}

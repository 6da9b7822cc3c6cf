/** Shell completion of words that only the inventory knows: hosts and groups, tags, variables. */

import { existsSync } from 'node:fs'
import { defaultInventory, loadInventory } from '../load-inventory.ts'

/**
 * The words that may stand after the last of `words` but one; undefined where the inventory has nothing to say. An
 * inventory that does not load completes nothing: a completion is no place for an error.
 */
export async function inventoryWords(words: readonly string[]): Promise<string[] | undefined> {
  const current = words.at(-1) ?? ''
  const option = words.at(-2) ?? ''
  if (isOperationWord(words)) return operationWords(words)
  if (!['--limit', '--tags', '--skip-tags', '--var'].includes(option)) return undefined
  try {
    return await wordsFor(option, current, words)
  } catch {
    return []
  }
}

// The role or the operation after `do`.
function isOperationWord(words: readonly string[]): boolean {
  const after = words.indexOf('do') + 1
  return after > 0 && words.length - after <= 2 && !words.slice(after).some((word) => word.startsWith('-'))
}

async function operationWords(words: readonly string[]): Promise<string[]> {
  try {
    const { operationsIn } = await import('../do/operation-options.ts')
    const all = await operationsIn(words)
    const [role, operation] = words.slice(words.indexOf('do') + 1)
    if (operation === undefined) return all.map((one) => one.role)
    return Object.keys(all.find((one) => one.role === role)?.operations ?? {})
  } catch {
    return []
  }
}

async function wordsFor(option: string, current: string, words: readonly string[]): Promise<string[]> {
  const path = words.slice(0, -1).find((word) => /\.[mc]?[jt]s$/.test(word) && existsSync(word)) ?? defaultInventory()
  const inventory = await loadInventory(path)
  if (option === '--var') {
    const { variables, hostVariables } = inventory.playbook
    return [...Object.keys(variables.shape), ...Object.keys(hostVariables.shape)].map((name) => `${name}=`)
  }
  if (option !== '--limit') return listed(current, await tagsOf(path))
  const names = [...Object.keys(inventory.hosts), ...Object.keys(inventory.groups)]
  const negation = current.slice(current.lastIndexOf(',') + 1).startsWith('!') ? '!' : ''
  return listed(
    current,
    names.map((name) => `${negation}${name}`),
  )
}

async function tagsOf(path: string): Promise<readonly string[]> {
  const { listingOf } = await import('../list/list-inventory.ts')
  const parts = { hosts: false, tasks: false, vars: false, tags: true, operations: false }
  return (await listingOf(path, { limit: [], overrides: [] }, parts)).tags ?? []
}

/** What stands before the last comma stays. */
function listed(current: string, names: readonly string[]): string[] {
  const before = current.slice(0, current.lastIndexOf(',') + 1)
  return names.map((name) => `${before}${name}`)
}

/** Loads an inventory file, with every way in which that can fail told in the user's terms. */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { definedOnly, FoobarDeployError } from '../errors.ts'
import type { Inventory } from '../model/inventory.ts'
import { nearest } from '../model/nearest.ts'
import { takeWarnings } from '../sources/warnings.ts'
import { tell } from './terminal.ts'
import { registerToolkitImport } from './toolkit-import.ts'

/** How the names of inventory files end. */
export const moduleEndings = ['.ts', '.mts', '.js', '.mjs']
const folder = 'inventory'
const defaultPath = join(folder, 'dev.ts')

/** The inventory that `path` exports by default, without problems of its shape. */
export async function loadInventory(path: string): Promise<Inventory> {
  const file = inventoryFile(path)
  registerToolkitImport()
  const exported = await importFile(file)
  if (!('default' in exported)) {
    throw wrongExport(file, `it exports ${Object.keys(exported).join(', ') || 'nothing'}`)
  }
  const inventory = await settled(file, exported.default)
  for (const text of takeWarnings()) tell(`warning: ${text}`)
  if (!isInventory(inventory)) throw wrongExport(file, `its default export ${kindOf(inventory, exported.default)}`)
  if (inventory.problems.length > 0) {
    const { definitionError } = await import('../model/problem.ts')
    throw definitionError(inventory.problems)
  }
  return inventory
}

/** What is exported, or what the exported function or promise comes to. */
async function settled(file: string, exported: unknown): Promise<unknown> {
  try {
    return await (typeof exported === 'function' ? exported() : exported)
  } catch (thrown) {
    const { loadFailure } = await import('./load-failure.ts')
    throw loadFailure(file, thrown)
  }
}

/** The absolute path of the inventory file that `path` means. */
export function inventoryFile(path: string): string {
  const file = resolve(path)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats) {
    const names = inventoriesIn(folder)
    const wanted = basename(path, extname(path))
    const name = nearest(
      wanted,
      names.map((known) => basename(known, extname(known))),
    )
    const near = names.find((known) => basename(known, extname(known)) === name)
    throw usage('inventory-not-found', 'There is no such inventory file', {
      detail: path,
      hint: near ? `Did you mean ${near}?` : listing(folder),
    })
  }
  if (stats.isDirectory()) {
    throw usage('inventory-is-folder', 'The inventory must be a file', { detail: path, hint: listing(path) })
  }
  if (!moduleEndings.includes(extname(file))) {
    throw usage('inventory-not-typescript', 'An inventory is a TypeScript or JavaScript module', {
      detail: path,
      hint: `Its name ends in ${moduleEndings.join(', ')} and it has \`export default defineInventory({ … })\`.`,
    })
  }
  return file
}

/** The inventory to take when none was named: `inventory/dev.ts` where there is one. */
export function defaultInventory(): string {
  if (existsSync(defaultPath)) return defaultPath
  throw usage('inventory-missing', 'Name the inventory', {
    detail: `there is no ${defaultPath} to take by default`,
    hint: listing(folder),
  })
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(file).href)
  } catch (thrown) {
    const { loadFailure } = await import('./load-failure.ts')
    throw loadFailure(file, thrown)
  }
}

function isInventory(value: unknown): value is Inventory {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'inventory'
}

function kindOf(value: unknown, exported: unknown): string {
  const kind = (value as { kind?: unknown } | null | undefined)?.kind
  const verb =
    value === exported ? 'is' : typeof exported === 'function' ? 'is a function that gives' : 'is a promise of'
  if (typeof kind === 'string') return `${verb} a ${kind}`
  return `${verb} ${value === null ? 'null' : Array.isArray(value) ? 'a list' : value === undefined ? 'nothing' : `of type ${typeof value}`}`
}

function wrongExport(file: string, detail: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'not-an-inventory', 'The file does not export an inventory', {
    detail,
    hint: 'Write `export default defineInventory({ … })`, imported from foobar-deploy.',
    at: { file },
  })
}

function inventoriesIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(path)
    .filter((name) => moduleEndings.includes(extname(name)))
    .map((name) => join(path, name))
    .sort()
}

function listing(path: string): string {
  const files = inventoriesIn(path)
  return files.length > 0
    ? `${path}/ has: ${files.join(', ')}.`
    : `There is no inventory in ${path}/. Give the path of a file that exports one.`
}

function usage(code: string, summary: string, details: { detail: string; hint: string }): FoobarDeployError {
  return new FoobarDeployError('usage', code, summary, definedOnly(details))
}

/** What becomes of the secrets that an inventory names: values for a run, stand-ins where nothing is sent to a host. */

import { realpathSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { cwd } from 'node:process'
import type { Inventory } from '../model/inventory.ts'
import type { Problem } from '../model/problem.ts'
import { closeDeclarations, declaredFor, openDeclarations } from '../secrets/declared-secrets.ts'
import type { SecretReference } from '../secrets/secret-reference.ts'

/** Begins with the secrets of the inventory at `path`, where one process loads several. */
export function beginSecrets(path: string): void {
  openDeclarations(realPath(path))
}

/** Finds out the values of the secrets that loading the inventory at `path` named. */
export async function resolveAllSecrets(path: string): Promise<void> {
  await resolveSome(path, namedBy(path))
}

/** Finds out those alone that connections need. */
export async function resolveConnectionSecrets(path: string, { defaults, hosts }: Inventory): Promise<void> {
  if (namedBy(path).length === 0) return
  const { referencesIn } = await import('../secrets/secret-text.ts')
  const settings = [defaults, ...Object.values(hosts)].flatMap(({ password, becomePassword }) => [
    password,
    becomePassword,
  ])
  await resolveSome(path, settings.flatMap(referencesIn))
}

/** Lets tasks be built without any value; gives the secrets that are missing. Needs no key. */
export async function standInForSecrets(path: string): Promise<Problem[]> {
  const references = namedBy(path)
  if (references.length === 0) return []
  for (const reference of references) reference.standIn()
  const [{ missingSecrets }, { processSurroundings }] = await modules()
  return missingSecrets(references, shown(path), processSurroundings())
}

/** The references for the inventory at `path`; it has been loaded, and no more can come. */
export function namedBy(path: string): readonly SecretReference[] {
  closeDeclarations()
  return declaredFor(realPath(path))
}

/** The path as messages show it. */
export function shown(path: string): string {
  const short = relative(cwd(), resolve(path))
  return short.startsWith('..') ? resolve(path) : short
}

async function resolveSome(path: string, references: readonly SecretReference[]): Promise<void> {
  if (references.length === 0) return
  const [{ resolveSecrets }, { processSurroundings }] = await modules()
  await resolveSecrets(references, shown(path), processSurroundings())
}

function modules() {
  return Promise.all([import('../secrets/resolve-secrets.ts'), import('./secrets/process-surroundings.ts')])
}

// Modules go by their real paths.
function realPath(path: string): string {
  return realpathSync(path)
}

/** What becomes of the secrets that an inventory names: values for a run, stand-ins where nothing is sent to a host. */

import { realpathSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { cwd } from 'node:process'
import type { Inventory } from '../model/inventory.ts'
import type { Problem } from '../model/problem.ts'
import { closeDeclarations, declaredFor, openDeclarations } from '../secrets/declared-secrets.ts'
import type { LackingPolicy, Resolved } from '../secrets/resolve-secrets.ts'
import type { SecretReference } from '../secrets/secret-reference.ts'

/** Begins with the secrets of the inventory at `path`, where one process loads several. */
export function beginSecrets(path: string): void {
  openDeclarations(realPath(path))
}

/**
 * Finds out the values of the secrets that loading the inventory at `path` named. Those that are to be generated are made
 * where the hosts may be changed, else stood in for; either is told.
 */
export async function resolveAllSecrets(path: string, mayMake: boolean, say: (text: string) => void): Promise<void> {
  const resolved = await resolveSome(path, namedBy(path), mayMake ? 'make' : 'stand-in')
  if (!resolved || (!resolved.made && resolved.lacking.length === 0)) return
  const { lackingText, madeTexts } = await import('./secrets/made-text.ts')
  for (const text of resolved.made ? madeTexts(resolved.made) : [lackingText(resolved.lacking)]) say(text)
}

/** Finds out those alone that connections need. */
export async function resolveConnectionSecrets(path: string, { defaults, hosts }: Inventory): Promise<void> {
  if (namedBy(path).length === 0) return
  const { referencesIn } = await import('../secrets/secret-text.ts')
  const settings = [defaults, ...Object.values(hosts)].flatMap(({ password, becomePassword }) => [
    password,
    becomePassword,
  ])
  await resolveSome(path, settings.flatMap(referencesIn), 'refuse')
}

/** Lets tasks be built without any value; gives the secrets that are missing, and those that an apply will make. Needs no key. */
export async function standInForSecrets(path: string): Promise<{ problems: Problem[]; lacking: readonly string[] }> {
  const references = namedBy(path)
  if (references.length === 0) return { problems: [], lacking: [] }
  for (const reference of references) reference.standIn()
  const [{ lackingSecrets, missingSecrets }, { processEnvironment }] = await Promise.all([
    import('../secrets/missing-secrets.ts'),
    import('./secrets/process-environment.ts'),
  ])
  return {
    problems: missingSecrets(references, shown(path), processEnvironment()),
    lacking: lackingSecrets(references, shown(path)),
  }
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

async function resolveSome(
  path: string,
  references: readonly SecretReference[],
  policy: LackingPolicy,
): Promise<Resolved | undefined> {
  if (references.length === 0) return undefined
  const [{ resolveSecrets }, { processEnvironment }] = await Promise.all([
    import('../secrets/resolve-secrets.ts'),
    import('./secrets/process-environment.ts'),
  ])
  return resolveSecrets(references, shown(path), processEnvironment(), policy)
}

// Modules go by their real paths.
function realPath(path: string): string {
  return realpathSync(path)
}

/** The secrets that the modules of this process have named so far, and for which inventory. */

import { FoobarDeployError } from '../errors.ts'
import type { SecretReference } from './secret-reference.ts'

const declared: SecretReference[] = []
const inventories = new Set<string>()
let isClosed = false

/** Begins with what loading the inventory at this absolute path names. */
export function openDeclarations(inventory: string): void {
  inventories.add(inventory)
  isClosed = false
}

/** Takes note of a reference; one that nobody would resolve any more is refused. */
export function declareSecret<T extends SecretReference>(reference: T): T {
  if (isClosed) {
    throw new FoobarDeployError('definition', 'late-secret', 'A secret is named too late', {
      detail: reference.name,
      hint: 'Values are found out once, before tasks are built. Name secrets in the inventory and give them to the playbook and its roles as variables.',
      ...(reference.at ? { at: reference.at } : {}),
    })
  }
  declared.push(reference)
  return reference
}

/** The references for the inventory at this absolute path: those in its own file, and those in modules that no other owns. */
export function declaredFor(inventory: string): readonly SecretReference[] {
  return declared.filter(({ at }) => !at || at.file === inventory || !inventories.has(at.file))
}

/** Refuses references from now on. */
export function closeDeclarations(): void {
  isClosed = true
}

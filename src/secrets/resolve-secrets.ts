/** Finding out the values of referenced secrets; those that are to be generated and are not there yet are made first. */

import { definedOnly, FoobarDeployError } from '../errors.ts'
import { type Problem, problemOfThrown, refuse } from '../model/problem.ts'
import { commandValue } from './command-value.ts'
import type { Made } from './make-lacking.ts'
import { generatedOf, lackingSecrets, missingSecrets, unmade } from './missing-secrets.ts'
import type { SecretReference, SecretSource } from './secret-reference.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import { secretsPath } from './secrets-file.ts'
import { openVault, refuseShort, valueIn } from './vault.ts'

/** What becomes of secrets that are to be generated and have no value yet: they are made, stood in for, or missing. */
export type LackingPolicy = 'make' | 'stand-in' | 'refuse'

/** How it went. */
export interface Resolved {
  /** The names of those that an apply will make. */
  readonly lacking: readonly string[]
  readonly made: Made | undefined
}

/** Gives each reference its value. All that are missing are one error; nothing is decrypted that is not referenced. */
export async function resolveSecrets(
  references: readonly SecretReference[],
  inventory: string,
  surroundings: SecretsEnvironment,
  policy: LackingPolicy = 'refuse',
): Promise<Resolved> {
  refuse([
    ...missingSecrets(references, inventory, surroundings),
    ...(policy === 'refuse' ? unmade(references, inventory) : []),
  ])
  const lacking = lackingSecrets(references, inventory)
  const rules = generatedOf(references)
  // One that is there already may be of somebody who is quicker.
  const toMake = new Map([...rules].filter(([name]) => lacking.includes(name)))
  const made = policy === 'make' && toMake.size > 0 ? await makeAll(toMake, inventory, surroundings) : undefined
  await findOut(made ? references : withoutLacking(references, lacking), inventory, surroundings)
  return { lacking: made ? [] : lacking, made }
}

/** Lets those that have no value be built with; gives the others. */
function withoutLacking(references: readonly SecretReference[], lacking: readonly string[]): SecretReference[] {
  const isLacking = ({ name, source }: SecretReference) => source.kind === 'file' && lacking.includes(name)
  for (const reference of references) if (isLacking(reference)) reference.standIn()
  return references.filter((reference) => !isLacking(reference))
}

async function findOut(
  references: readonly SecretReference[],
  inventory: string,
  surroundings: SecretsEnvironment,
): Promise<void> {
  const groups = [...Map.groupBy(references, ({ name, source }) => JSON.stringify([name, source])).values()]
  const ofKind = (kind: SecretSource['kind']) => groups.filter(([first]) => first?.source.kind === kind)
  const problems: Problem[] = []
  const give = async (group: readonly SecretReference[], find: (reference: SecretReference) => Promise<string>) => {
    const [first] = group
    if (!first) return
    try {
      const value = await find(first)
      refuseShort(first.name, value)
      for (const reference of group) reference.resolve(value)
    } catch (thrown) {
      if (!(thrown instanceof FoobarDeployError) || thrown.family === 'interrupted') throw thrown
      problems.push({ ...problemOfThrown(thrown, `secret ${first.name}`, first.at), ...definedOnly({ at: first.at }) })
    }
  }
  const kept = ofKind('file')
  if (kept.length > 0) {
    const vault = await openVault(secretsPath(inventory), surroundings)
    for (const group of kept) await give(group, ({ name }) => valueIn(vault, name))
  }
  for (const group of ofKind('environment')) {
    await give(group, async ({ source }) => variableOf(source, surroundings.environment) ?? '')
  }
  for (const group of ofKind('prompt')) await give(group, ({ name }) => surroundings.ask(`${name}: `))
  const run = (group: readonly SecretReference[]) => give(group, ({ source }) => commandValue(commandOf(source)))
  // The first may ask to unlock a password store, which is then open for the others.
  const [first, ...others] = ofKind('command')
  if (first) await run(first)
  await Promise.all(others.map(run))
  refuse(problems)
}

// Loaded by the first run of an inventory alone.
async function makeAll(...given: Parameters<typeof import('./make-lacking.ts').makeLacking>): Promise<Made> {
  const { makeLacking } = await import('./make-lacking.ts')
  return makeLacking(...given)
}

function variableOf(source: SecretSource, environment: SecretsEnvironment['environment']): string | undefined {
  return source.kind === 'environment' ? environment[source.variable] : undefined
}

function commandOf(source: SecretSource): readonly string[] {
  return source.kind === 'command' ? source.command : []
}

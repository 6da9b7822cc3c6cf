/** Finding out the values of referenced secrets, and before that, without any key, which of them are nowhere. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { definedOnly, FoobarDeployError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { type Problem, problemOfThrown, refuse } from '../model/problem.ts'
import { commandValue } from './command-value.ts'
import type { SecretReference, SecretSource } from './secret-reference.ts'
import { readSecretsFile, type SecretsFile, secretsPath } from './secrets-file.ts'
import type { Surroundings } from './surroundings.ts'
import { openVault, refuseShort, valueIn } from './vault.ts'

/** The secrets that have no value, or none that could be had here; `inventory` is the path as it is shown. */
export function missingSecrets(
  references: readonly SecretReference[],
  inventory: string,
  { environment }: Pick<Surroundings, 'environment'>,
): Problem[] {
  const isKept = references.some(({ source }) => source.kind === 'file')
  const path = secretsPath(inventory)
  const file = isKept ? readSecretsFile(path) : undefined
  return references.flatMap((reference) => {
    const message = lack(reference, inventory, file, environment)
    return message === undefined ? [] : [problemWith(reference, message)]
  })
}

/** Gives each reference its value. All that are missing are one error; nothing is decrypted that is not referenced. */
export async function resolveSecrets(
  references: readonly SecretReference[],
  inventory: string,
  surroundings: Surroundings,
): Promise<void> {
  refuse(missingSecrets(references, inventory, surroundings))
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

function lack(
  { name, source }: SecretReference,
  inventory: string,
  file: SecretsFile | undefined,
  environment: Surroundings['environment'],
): string | undefined {
  switch (source.kind) {
    case 'file': {
      if (file && Object.hasOwn(file.values, name)) return undefined
      const path = secretsPath(inventory)
      const set = `foobar-deploy secrets set ${name} --inventory ${inventory}`
      if (!file)
        return `there is no ${path}; make it with: foobar-deploy secrets init --inventory ${inventory}, then ${set}`
      const meant = nearest(name, Object.keys(file.values))
      return `is not in ${path}; ${meant ? `did you mean ${meant}? If not, ` : ''}set it with: ${set}`
    }
    case 'environment':
      return environment[source.variable] ? undefined : `the variable ${source.variable} of the environment is not set`
    case 'command': {
      const [program = ''] = source.command
      return isProgram(program, environment.PATH) ? undefined : `there is no program ${program} here to get it with`
    }
    case 'prompt':
      return undefined
  }
}

function isProgram(program: string, searchPath = ''): boolean {
  const folders = program.includes('/') ? ['.'] : searchPath.split(':')
  return folders.some((folder) => existsSync(program.startsWith('/') ? program : join(folder || '.', program)))
}

function variableOf(source: SecretSource, environment: Surroundings['environment']): string | undefined {
  return source.kind === 'environment' ? environment[source.variable] : undefined
}

function commandOf(source: SecretSource): readonly string[] {
  return source.kind === 'command' ? source.command : []
}

function problemWith({ name, at }: SecretReference, message: string): Problem {
  return { subject: `secret ${name}`, path: '', message, ...definedOnly({ at }) }
}

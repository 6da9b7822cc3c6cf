/** Which of the referenced secrets are nowhere, which are to be generated, which contradict each other: found without any key. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { definedOnly } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import type { Problem } from '../model/problem.ts'
import type { Generated } from './generated.ts'
import type { SecretReference } from './secret-reference.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import { readSecretsFile, type SecretsFile, secretsPath } from './secrets-file.ts'

/** The secrets that have no value, or none that could be had here; `inventory` is the path as it is shown. */
export function missingSecrets(
  references: readonly SecretReference[],
  inventory: string,
  { environment }: Pick<SecretsEnvironment, 'environment'>,
): Problem[] {
  const isKept = references.some(({ source }) => source.kind === 'file')
  const path = secretsPath(inventory)
  const file = isKept ? readSecretsFile(path) : undefined
  const rules = generatedOf(references)
  const missing = references
    .filter(({ name, source }) => source.kind !== 'file' || !rules.has(name))
    .map((reference) => ({ reference, message: lack(reference, inventory, file, environment) }))
  return [
    ...conflicting(references),
    ...missing.flatMap(({ reference, message }) => (message === undefined ? [] : [problemWith(reference, message)])),
  ]
}

/** The secrets that are to be generated and have no value yet, in the order of their names. */
export function lackingSecrets(references: readonly SecretReference[], inventory: string): string[] {
  const rules = generatedOf(references)
  const file = rules.size > 0 ? readSecretsFile(secretsPath(inventory)) : undefined
  return [...rules.keys()].filter((name) => !file || !Object.hasOwn(file.values, name)).sort()
}

/** A problem for each secret that an apply has yet to make, where its value is needed at once. */
export function unmade(references: readonly SecretReference[], inventory: string): Problem[] {
  const lacking = lackingSecrets(references, inventory)
  return references
    .filter(({ name, source }) => source.kind === 'file' && lacking.includes(name))
    .map((reference) =>
      problemWith(reference, `is made by the first apply, and there was none: foobar-deploy apply ${inventory}`),
    )
}

/** How secrets are to be generated, by name. One that is referenced without it too is generated all the same. */
export function generatedOf(references: readonly SecretReference[]): Map<string, Generated> {
  return new Map(
    references.flatMap(({ name, source }) =>
      source.kind === 'file' && source.generated ? [[name, source.generated] as const] : [],
    ),
  )
}

function conflicting(references: readonly SecretReference[]): Problem[] {
  const rules = generatedOf(references)
  return references.flatMap((reference) => {
    const { name, source } = reference
    const own = source.kind === 'file' && source.generated ? JSON.stringify(source.generated) : undefined
    const other = JSON.stringify(rules.get(name))
    return own === undefined || own === other
      ? []
      : [problemWith(reference, `is to be generated in two ways: ${own} here, and ${other} elsewhere`)]
  })
}

function lack(
  { name, source }: SecretReference,
  inventory: string,
  file: SecretsFile | undefined,
  environment: SecretsEnvironment['environment'],
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

function problemWith({ name, at }: SecretReference, message: string): Problem {
  return { subject: `secret ${name}`, path: '', message, ...definedOnly({ at }) }
}

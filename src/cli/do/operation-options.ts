/** The operations of an inventory as words and options of the command line. */

import type { Argv, Options } from 'yargs'
import { z } from 'zod'
import { operationsOf, type RoleOperations } from '../../engine/compile/operation.ts'
import { FoobarDeployError } from '../../errors.ts'
import type { AnyOperation } from '../../model/operation.ts'
import { defaultInventory, loadInventory, moduleEndings } from '../load-inventory.ts'

/** An argument of an operation, and the option that sets it. */
interface Argument {
  readonly key: string
  readonly name: string
  readonly options: Options
}

/** Adds the options of the operation that `words` name, or a list of all operations, which it returns. */
export async function addOperations(parser: Argv, words: readonly string[]): Promise<RoleOperations[]> {
  const [role, name] = positionals(words)
  const isHelp = words.some((word) => word === '--help' || word === '-h')
  try {
    const all = await operationsIn(words)
    const operation = all.find((one) => one.role === role)?.operations[name ?? '']
    for (const argument of operation ? argumentsOf(operation) : []) parser.option(argument.name, argument.options)
    parser.epilogue(operation ? `${role} ${name}: ${operation.summary}.` : listing(all))
    return all
  } catch (thrown) {
    if (!isHelp || !(thrown instanceof FoobarDeployError)) throw thrown
    parser.epilogue(`The operations are not known, because the inventory does not load: ${thrown.message}`)
    return []
  }
}

/** The operations of the inventory that `words` name, or of the default one. */
export async function operationsIn(words: readonly string[]): Promise<RoleOperations[]> {
  const path = words.find((word) => moduleEndings.some((ending) => word.endsWith(ending))) ?? defaultInventory()
  return operationsOf(await loadInventory(path), [])
}

/** The arguments of an operation as they stand in `raw`, by their own names. */
export function givenArguments(operation: AnyOperation, raw: Readonly<Record<string, unknown>>) {
  const given = argumentsOf(operation).map(({ key, name }) => [key, raw[name]] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined))
}

/** The words after `do` that are no options. */
function positionals(words: readonly string[]): string[] {
  const after = words.slice(words.indexOf('do') + 1)
  const end = after.findIndex((word) => word.startsWith('-'))
  return end < 0 ? after : after.slice(0, end)
}

function argumentsOf({ args }: AnyOperation): Argument[] {
  const { properties = {}, required = [] } = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' })
  return Object.entries(properties).map(([key, schema]) => {
    const { type, description, enum: choices, default: given } = typeof schema === 'object' ? schema : {}
    const isNumber = type === 'integer' || type === 'number'
    const kind = isNumber ? 'number' : type === 'boolean' ? 'boolean' : 'string'
    const options: Options = {
      type: kind,
      ...(description === undefined ? {} : { describe: description }),
      ...(kind === 'boolean' ? {} : { requiresArg: true }),
      ...(type === 'array' ? { array: true } : {}),
      ...(choices ? { choices: choices.map(String) } : {}),
      ...(given === undefined ? {} : { defaultDescription: String(given) }),
      demandOption: required.includes(key),
      group: 'Arguments:',
    }
    return { key, name: key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), options }
  })
}

function listing(all: readonly RoleOperations[]): string {
  if (all.length === 0) return 'No role of this playbook has operations.'
  const rows = all.flatMap(({ role, operations }) =>
    Object.entries(operations).map(([name, { summary }]) => [`${role} ${name}`, summary] as const),
  )
  const width = Math.max(...rows.map(([words]) => words.length))
  return ['Operations:', ...rows.map(([words, summary]) => `  ${words.padEnd(width)}  ${summary}`)].join('\n')
}

/** The commands and how their arguments are read; mistakes become usage errors with the word that was meant. */

import process from 'node:process'
import yargs, { type Argv } from 'yargs'
import { FoobarDeployError } from '../errors.ts'
import { applyCommand } from './apply/command.ts'
import { checkCommand } from './check/command.ts'
import { doCommand } from './do/command.ts'
import { factsCommand } from './facts/command.ts'
import { labCommand } from './lab/command.ts'
import { listCommand } from './list/command.ts'
import { packageVersion } from './package-version.ts'
import { planCommand } from './plan/command.ts'
import { runCommand } from './run/command.ts'
import { schemaCommand } from './schema/command.ts'
import { secretsCommand } from './secrets/command.ts'
import { statusCommand } from './status/command.ts'
import { unlockCommand } from './unlock/command.ts'
import { usageError } from './usage-error.ts'
import { verifyCommand } from './verify/command.ts'

const commandsFor = (args: readonly string[]) => [
  applyCommand,
  planCommand,
  verifyCommand,
  statusCommand,
  checkCommand,
  listCommand,
  factsCommand,
  runCommand,
  doCommand(args),
  unlockCommand,
  secretsCommand,
  labCommand,
  schemaCommand,
]

/** Parses the arguments and runs the command they name. */
export async function parseCommandLine(args: readonly string[]): Promise<void> {
  const parser = yargs([...args])
  // After it has completed words, yargs goes on to the command that they belong to.
  const isCompleting = args[0] === '--get-yargs-completions'
  configure(parser, isCompleting)
  for (const command of commandsFor(args)) parser.command(isCompleting ? { ...command, handler: () => {} } : command)
  parser.completion('completion', 'Print the completion script for your shell: bash, zsh', complete(args))
  await parser.parseAsync()
}

type Complete = (current: string, argv: unknown, defaults: () => void, done: (words: string[]) => void) => void

/** What the inventory knows, and for all else what yargs does. */
function complete(args: readonly string[]): Complete {
  return async (_current, _argv, defaults, done) => {
    const { inventoryWords } = await import('./completion/complete.ts')
    const words = await inventoryWords(args)
    if (words) done(words)
    else defaults()
  }
}

const widest = 100

function configure(parser: Argv, isCompleting: boolean): void {
  parser
    .scriptName('foobar-deploy')
    .usage('$0 <command>\n\nTyped, agentless provisioning over SSH.')
    .detectLocale(false)
    .parserConfiguration({
      'dot-notation': false,
      'boolean-negation': false,
      'greedy-arrays': false,
      'parse-positional-numbers': false,
      'populate--': true,
      'strip-dashed': false,
    })
    .wrap(Math.min(widest, process.stdout.columns ?? 80))
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command.')
    .exitProcess(false)
    .version(packageVersion())
    .help()
    .alias('help', 'h')
    .epilogue('foobar-deploy <command> --help shows examples.')
    .fail((message: string | null, error: unknown) => {
      if (isCompleting) return
      throw error instanceof FoobarDeployError || !message ? (error ?? new Error('no message')) : usageError(message)
    })
}

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

const shells: readonly string[] = ['bash', 'zsh']

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
  const words = withoutShell(args)
  const parser = yargs([...words])
  // After it has completed words, yargs goes on to the command that they belong to.
  const isCompleting = args[0] === '--get-yargs-completions'
  configure(parser, words, isCompleting)
  for (const command of commandsFor(args)) parser.command(isCompleting ? { ...command, handler: () => {} } : command)
  parser.completion(
    'completion',
    'Print the completion script for bash or zsh, by default for your shell',
    complete(args),
  )
  await parser.parseAsync()
}

/** The arguments without the shell of `completion bash`, which yargs reads from the environment. */
function withoutShell(args: readonly string[]): readonly string[] {
  const [command, shell, ...rest] = args
  if (command !== 'completion' || shell === undefined || shell.startsWith('-')) return args
  if (!shells.includes(shell)) {
    throw new FoobarDeployError('usage', 'unknown-shell', 'There is no completion for this shell', {
      detail: shell,
      hint: `Name one of ${shells.join(', ')}.`,
    })
  }
  process.env.SHELL = shell
  delete process.env.ZSH_NAME
  return [command, ...rest]
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

function configure(parser: Argv, args: readonly string[], isCompleting: boolean): void {
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
      throw error instanceof FoobarDeployError || !message
        ? (error ?? new Error('no message'))
        : usageError(message, args)
    })
}

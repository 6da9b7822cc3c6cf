/** What yargs says of a wrong command line, as an error of the toolkit with the word that was meant. */

import { FoobarDeployError } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { options } from './options.ts'

/** The names of the commands. */
export const commandNames = [
  'apply',
  'plan',
  'verify',
  'check',
  'list',
  'facts',
  'run',
  'do',
  'unlock',
  'secrets',
  'lab',
  'schema',
  'completion',
] as const

/** Options of Ansible and other tools that are commands here, and what those do. */
const commandsForOptions: Readonly<Record<string, string>> = {
  '--check': 'foobar-deploy plan shows what would change and writes nothing; foobar-deploy check connects to nothing.',
  '--dry-run': 'foobar-deploy plan shows what would change and writes nothing.',
  '--list-hosts': 'foobar-deploy list --hosts shows them.',
  '--list-tags': 'foobar-deploy list --tags shows them.',
  '--list-tasks': 'foobar-deploy list --tasks shows them.',
  '--syntax-check': 'foobar-deploy check reads and type-checks everything; it connects to nothing.',
}

const optionNames = [...Object.keys(options), 'help', 'hosts', 'tasks', 'vars', 'version']

/** The usage error for a message of yargs about `args`. */
export function usageError(message: string, args: readonly string[]): FoobarDeployError {
  const foreign = ownWords(args).find((word) => Object.hasOwn(commandsForOptions, word))
  if (foreign !== undefined) {
    return usage('unknown-argument', 'The command line has an unknown word', foreign, commandsForOptions[foreign])
  }
  const text = message.replaceAll(/\s*\n\s*/g, ' ').trim()
  const [, words] = /^Unknown (?:argument|command)s?: (.+)$/.exec(text) ?? []
  if (words !== undefined) {
    const unknown = words.split(', ')
    return usage('unknown-argument', 'The command line has an unknown word', words, meant(unknown))
  }
  if (/^Did you mean /.test(text)) {
    return usage('unknown-argument', 'There is no such command', undefined, text)
  }
  return usage('invalid-usage', 'The command line is wrong', text, undefined)
}

/** What stands before `--`. */
function ownWords(args: readonly string[]): readonly string[] {
  return args.includes('--') ? args.slice(0, args.indexOf('--')) : args
}

function meant(words: readonly string[]): string | undefined {
  const hints = words.flatMap((word) => {
    const bare = word.replace(/^-+/, '')
    const option = nearest(bare, optionNames)
    const command = nearest(bare, commandNames)
    return option ? [`--${option}`] : command ? [command] : []
  })
  return hints.length > 0 ? `Did you mean ${[...new Set(hints)].join(', ')}?` : undefined
}

function usage(code: string, summary: string, detail?: string, hint?: string): FoobarDeployError {
  return new FoobarDeployError('usage', code, summary, {
    ...(detail === undefined ? {} : { detail }),
    hint: [hint, 'Run foobar-deploy --help, or foobar-deploy <command> --help.']
      .filter((part) => part !== undefined)
      .join(' '),
  })
}

/** The options of the commands: what they are called and how they are described. */

import type { Options } from 'yargs'

/** The ways of reporting. */
const outputs = ['live', 'plain', 'json'] as const

/** How a report is given. */
export type Output = (typeof outputs)[number]

/** Every option there is; each command takes some. Their defaults are the toolkit's own. */
export const options = {
  limit: {
    describe: 'Only these hosts and groups; !name leaves one out (comma list, repeatable)',
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    defaultDescription: 'all',
  },
  tags: {
    describe: 'Only tasks with one of these tags (comma list, repeatable)',
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    defaultDescription: 'all',
  },
  'skip-tags': {
    describe: 'No tasks with one of these tags (comma list, repeatable)',
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    defaultDescription: 'none',
  },
  var: {
    describe: 'Set a variable: key=value, or a.b=value inside an object (repeatable)',
    type: 'string',
    array: true,
    requiresArg: true,
    default: [] as string[],
    defaultDescription: 'none',
  },
  forks: {
    describe: 'Hosts worked on at a time',
    type: 'number',
    requiresArg: true,
    default: 25,
  },
  'allow-unsupported-system': {
    describe: 'Continue on hosts whose system is not supported',
    type: 'boolean',
    default: false,
  },
  diff: { describe: 'Show the differences of text files', type: 'boolean', default: false },
  output: {
    describe: 'How to report',
    choices: outputs,
    requiresArg: true,
    defaultDescription: 'live on a terminal, else plain',
  },
  'start-at': {
    describe: 'Start at the first task with this title (or with a title that begins with it)',
    type: 'string',
    requiresArg: true,
    defaultDescription: 'the first task',
  },
  failed: {
    describe: 'Only the hosts that failed in the last apply of this inventory',
    type: 'boolean',
    default: false,
  },
  step: { describe: 'Ask before each task that would change something', type: 'boolean', default: false },
  yes: { alias: 'y', describe: 'Answer yes to every question of the playbook', type: 'boolean', default: false },
  out: {
    describe: 'Write the plan to this file, for `apply FILE`',
    type: 'string',
    requiresArg: true,
    defaultDescription: 'none',
  },
  verbose: {
    alias: 'v',
    describe: 'Also show what was up to date, and the output of commands',
    type: 'boolean',
    default: false,
  },
  timings: { describe: 'Show where the time went', type: 'boolean', default: false },
  'detailed-exitcode': {
    describe: 'Exit with 2 when something is to change, or is bad; 0 when not, 1 on errors',
    type: 'boolean',
    default: false,
  },
} satisfies Record<string, Options>

/** `--output` of commands that have nothing to animate. */
export const dataOutput = {
  output: {
    describe: 'How to report',
    choices: ['plain', 'json'],
    requiresArg: true,
    default: 'plain',
  },
} satisfies Record<string, Options>

/** The name of an option. */
export type OptionName = keyof typeof options

/** Some of the {@link options}, as yargs wants them. */
export function pickOptions<const Name extends OptionName>(...wanted: readonly Name[]): Pick<typeof options, Name> {
  return Object.fromEntries(wanted.map((name) => [name, options[name]])) as Pick<typeof options, Name>
}

/** The options of every command that makes a run. */
export const runOptions = [
  'limit',
  'tags',
  'skip-tags',
  'var',
  'forks',
  'diff',
  'output',
  'verbose',
  'timings',
  'allow-unsupported-system',
] as const satisfies readonly OptionName[]

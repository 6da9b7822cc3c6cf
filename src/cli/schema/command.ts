/** `schema`: prints the JSON Schema of `--output json`, or of plan files. */

import type { Argv, CommandModule } from 'yargs'
import type { RawArguments } from '../arguments.ts'

const builder = (parser: Argv) =>
  parser
    .positional('of', { describe: 'Of what', choices: ['output', 'plan'] as const, default: 'output' as const })
    .example('$0 schema > events.schema.json', 'For validators and code generators')
    .example('$0 schema plan > plan.schema.json', 'Of the files that plan --out writes')

/** The command `schema`. */
export const schemaCommand: CommandModule<object, RawArguments> = {
  command: 'schema [of]',
  describe: 'Print the JSON Schema of the lines of --output json, or of plan files',
  builder,
  handler: async ({ of }) => {
    const { writeSchema } = await import('./write-schema.ts')
    await writeSchema(of === 'plan' ? 'plan' : 'output')
  },
}

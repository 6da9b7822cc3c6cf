/** `schema`: prints the JSON Schema of `--output json`. */

import type { Argv, CommandModule } from 'yargs'

const builder = (parser: Argv) => parser.example('$0 schema > events.schema.json', 'For validators and code generators')

/** The command `schema`. */
export const schemaCommand: CommandModule = {
  command: 'schema',
  describe: 'Print the JSON Schema of the lines of --output json',
  builder,
  handler: async () => {
    const { writeSchema } = await import('../write-schema.ts')
    await writeSchema()
  },
}

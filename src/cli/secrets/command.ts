/** `secrets`: the encrypted values beside an inventory. */

import type { Argv, CommandModule } from 'yargs'
import { FoobarDeployError } from '../../errors.ts'

interface SecretsArguments {
  readonly inventory: string
}

interface NamedArguments extends SecretsArguments {
  readonly name: string
}

const length = {
  describe: 'Characters of a generated value',
  type: 'number',
  requiresArg: true,
  defaultDescription: '32',
} as const

const init: CommandModule<object, SecretsArguments & { readonly recipient: string[]; readonly passphrase: boolean }> = {
  command: 'init',
  describe: "Make your key and the inventory's secrets file",
  builder: ((parser: Argv) =>
    parser
      .option('recipient', {
        describe: 'Another recipient: name=age1… (repeatable)',
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        defaultDescription: 'none',
      })
      .option('passphrase', { describe: 'A passphrase opens it too', type: 'boolean', default: false })
      .example('$0 secrets init', 'For inventory/dev.ts')
      .example('$0 secrets init --inventory inventory/prod.ts --recipient anna=age1…', 'For you and Anna')) as never,
  handler: async ({ inventory, recipient, passphrase }) => {
    const { initSecrets } = await import('./lock-secrets.ts')
    await initSecrets(inventory, recipient, passphrase)
  },
}

const set: CommandModule<
  object,
  NamedArguments & { readonly value?: string[]; readonly generate: boolean; readonly length?: number }
> = {
  command: 'set <name> [value..]',
  describe: 'Set a secret: typed, from the standard input, or generated',
  builder: ((parser: Argv) =>
    named(parser)
      .positional('value', {
        describe: 'Never on the command line: type it, pipe it in, or generate it',
        type: 'string',
        array: true,
      })
      .usage('$0 secrets set <name>')
      .option('generate', { describe: 'Make up a value', type: 'boolean', default: false })
      .option('length', length)
      .example('$0 secrets set mysql.app', 'Type it; it is not shown')
      .example('$0 secrets set tls.key < key.pem', 'From a file')
      .example('$0 secrets set mysql.app --generate --length 40', 'Random letters and digits')) as never,
  handler: async ({ inventory, name, value = [], generate, length }) => {
    if (value.length > 0) throw valueOnCommandLine()
    const { setSecret } = await import('./change-secrets.ts')
    await setSecret(inventory, name, generate, length)
  },
}

const get: CommandModule<object, NamedArguments & { readonly stdout: boolean }> = {
  command: 'get <name>',
  describe: 'Show the value of a secret, on a terminal',
  builder: ((parser: Argv) =>
    named(parser).option('stdout', {
      describe: 'Write it also where the output is a file or a pipe',
      type: 'boolean',
      default: false,
    })) as never,
  handler: async ({ inventory, name, stdout }) => {
    const { getSecret } = await import('./show-secrets.ts')
    await getSecret(inventory, name, stdout)
  },
}

const edit: CommandModule<object, NamedArguments> = {
  command: 'edit <name>',
  describe: 'Edit a secret in $EDITOR',
  builder: ((parser: Argv) => named(parser)) as never,
  handler: async ({ inventory, name }) => {
    const { editSecret } = await import('./edit-secret.ts')
    await editSecret(inventory, name)
  },
}

const list: CommandModule<object, SecretsArguments> = {
  command: 'list',
  describe: 'List the names: set, missing, not needed; needs no key',
  handler: async ({ inventory }) => {
    const { listSecrets } = await import('./show-secrets.ts')
    await listSecrets(inventory)
  },
}

const rotate: CommandModule<object, NamedArguments & { readonly length?: number }> = {
  command: 'rotate <name>',
  describe: 'Give a secret a new random value',
  builder: ((parser: Argv) =>
    named(parser).option('length', { ...length, defaultDescription: 'as now, at least 32' })) as never,
  handler: async ({ inventory, name, length }) => {
    const { rotateSecret } = await import('./change-secrets.ts')
    await rotateSecret(inventory, name, length)
  },
}

const remove: CommandModule<object, NamedArguments> = {
  command: 'remove <name>',
  describe: 'Take a secret out of the file',
  builder: ((parser: Argv) => named(parser)) as never,
  handler: async ({ inventory, name }) => {
    const { removeSecret } = await import('./change-secrets.ts')
    await removeSecret(inventory, name)
  },
}

const rekey: CommandModule<
  object,
  SecretsArguments & { readonly add: string[]; readonly remove: string[]; readonly passphrase?: boolean }
> = {
  command: 'rekey',
  describe: 'Encrypt all secrets anew, for other recipients',
  builder: ((parser: Argv) =>
    parser
      .option('add', {
        describe: 'name=age1… (repeatable)',
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
      })
      .option('remove', {
        describe: 'Name of a recipient (repeatable)',
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
      })
      .option('passphrase', {
        describe: 'A new passphrase opens it too; --passphrase=false: none does',
        type: 'boolean',
      })
      .example('$0 secrets rekey --add anna=age1… --remove ben', 'Anna comes, Ben goes')) as never,
  handler: async ({ inventory, add, remove, passphrase }) => {
    const { rekeySecrets } = await import('./lock-secrets.ts')
    await rekeySecrets(inventory, { add, remove, passphrase })
  },
}

/** The command `secrets` with its subcommands. */
export const secretsCommand: CommandModule = {
  command: 'secrets',
  describe: 'Encrypted values beside the inventory',
  builder: (parser) => {
    parser.option('inventory', {
      describe: 'The inventory file; its secrets are in <its name>.secrets.json beside it',
      type: 'string',
      requiresArg: true,
      default: 'inventory/dev.ts',
    })
    for (const command of [init, set, get, edit, list, rotate, remove, rekey]) parser.command(command as CommandModule)
    return parser
      .example('$0 secrets init', 'Make your key, and the file for inventory/dev.ts')
      .example('$0 secrets set mysql.app', "Set what secret('mysql.app') stands for")
      .example('$0 secrets list --inventory inventory/prod.ts', 'Which are set, which are missing')
      .demandCommand(1, 'Name a secrets command.')
  },
  handler: () => {},
}

function named(parser: Argv): Argv {
  return parser.positional('name', { describe: 'Name of the secret', type: 'string', demandOption: true })
}

function valueOnCommandLine(): FoobarDeployError {
  return new FoobarDeployError('usage', 'value-on-command-line', 'A value is never given on the command line', {
    detail: 'it would stand in the list of processes and in the history of the shell',
    hint: 'Type it when asked, pipe it in, or use --generate. The value you gave is now exposed: choose another.',
  })
}

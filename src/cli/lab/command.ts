/** `lab`: throw-away local hosts that stand in for an inventory's hosts. */

import process from 'node:process'
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs'
import type { LabEvent, LabSpec } from '../../lab/index.ts'

interface LabArguments {
  readonly inventory: string
  readonly name?: string
}

interface HostArguments extends LabArguments {
  readonly host: string
}

const shared = (parser: Argv) =>
  parser
    .option('inventory', {
      describe: 'The inventory file that declares the lab',
      type: 'string',
      requiresArg: true,
      default: 'inventory/lab.ts',
    })
    .option('name', {
      describe: 'Name of the lab, in place of the declared one',
      type: 'string',
      requiresArg: true,
      defaultDescription: "the inventory's",
    })

const up: CommandModule<object, LabArguments> = {
  command: 'up',
  describe: 'Bring the lab up, or boot those of its hosts that are off',
  builder: shared as never,
  handler: async (args) => {
    const { labUp } = await import('../../lab/index.ts')
    await labUp(await specOf(args), await printEvents())
  },
}

const down: CommandModule<object, LabArguments> = {
  command: 'down',
  describe: 'Remove the lab completely, except for the cached images',
  builder: shared as never,
  handler: async (args) => {
    const { labDown } = await import('../../lab/index.ts')
    await labDown(await nameOf(args), await printEvents())
  },
}

const reset: CommandModule<object, LabArguments> = {
  command: 'reset',
  describe: 'Recreate all hosts of the lab as declared now',
  builder: shared as never,
  handler: async (args) => {
    const { labReset } = await import('../../lab/index.ts')
    await labReset(await specOf(args), await printEvents())
  },
}

const status: CommandModule<object, LabArguments> = {
  command: 'status',
  describe: 'Show the state of the lab and of each host',
  builder: shared as never,
  handler: async (args) => {
    const { labStatus } = await import('../../lab/index.ts')
    const { write } = await import('../terminal.ts')
    const { labStatusText } = await import('./lab-status-text.ts')
    write(labStatusText(await labStatus(await nameOf(args))))
  },
}

const ofHost = (parser: Argv) =>
  shared(parser).positional('host', { describe: 'Name of the host', type: 'string', demandOption: true })

const stop: CommandModule<object, HostArguments> = {
  command: 'stop <host>',
  describe: 'Cut the power of a host; its disk stays as it is',
  builder: ((parser: Argv) => ofHost(parser).example('$0 lab stop web1', 'Lose web1, to see what fails')) as never,
  handler: async (args) => {
    const { labPowerOff } = await import('../../lab/index.ts')
    await labPowerOff(await nameOf(args), args.host, await printEvents())
  },
}

const start: CommandModule<object, HostArguments> = {
  command: 'start <host>',
  describe: 'Boot a host that is off',
  builder: ((parser: Argv) => ofHost(parser).example('$0 lab start web1', 'Boot web1 again')) as never,
  handler: async (args) => {
    const { labBoot } = await import('../../lab/index.ts')
    await labBoot(await specOf(args), args.host, await printEvents())
  },
}

const ssh: CommandModule<object, HostArguments> = {
  command: 'ssh <host>',
  describe: 'Open a shell on a host of the lab, or run the command after --',
  builder: ((parser: Argv) =>
    ofHost(parser)
      .example('$0 lab ssh web1', 'Open a shell on web1')
      .example('$0 lab ssh web1 -- uptime', 'Run a command on web1')) as never,
  handler: async (args) => {
    const { labSsh } = await import('../../lab/index.ts')
    process.exitCode = await labSsh(await nameOf(args), args.host, commandOf(args))
  },
}

const exec: CommandModule<object, LabArguments> = {
  command: 'exec',
  describe: "Run the command after -- in the lab's network",
  builder: ((parser: Argv) =>
    shared(parser).example(
      '$0 lab exec -- curl http://198.51.100.11/',
      'Ask a host of the lab by its address',
    )) as never,
  handler: async (args) => {
    const { labExec } = await import('../../lab/index.ts')
    process.exitCode = await labExec(await nameOf(args), commandOf(args))
  },
}

/** The command `lab` with its subcommands. */
export const labCommand: CommandModule = {
  command: 'lab',
  describe: 'Throw-away local hosts for experiments and tests',
  builder: (parser) => {
    for (const command of [up, down, reset, status, stop, start, ssh, exec]) parser.command(command as CommandModule)
    return parser.demandCommand(1, 'Name a lab command.')
  },
  handler: () => {},
}

async function specOf({ inventory, name }: LabArguments): Promise<LabSpec> {
  const { loadInventory } = await import('../load-inventory.ts')
  const { labSpecFrom } = await import('../../lab/index.ts')
  return labSpecFrom(await loadInventory(inventory), name)
}

async function nameOf(args: LabArguments): Promise<string> {
  return args.name ?? (await specOf(args)).name
}

function commandOf(args: ArgumentsCamelCase<object>): string[] {
  return ((args['--'] as readonly unknown[] | undefined) ?? []).map(String)
}

async function printEvents(): Promise<(event: LabEvent) => void> {
  const { write } = await import('../terminal.ts')
  const { labEventText } = await import('./lab-event-text.ts')
  return (event) => {
    const text = labEventText(event)
    if (text !== undefined) write(`${text}\n`)
  }
}

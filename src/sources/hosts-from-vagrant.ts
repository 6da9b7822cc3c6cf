/** Hosts from Vagrant: how its machines are reached. */

import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { callingFolder, runProgram } from './read-source.ts'
import { hostKeysName, openVagrantCache } from './vagrant-cache.ts'
import { machineFolder, vagrantFolder } from './vagrant-folders.ts'
import { parseVagrantSshConfig, type VagrantMachine } from './vagrant-ssh-config.ts'

const answerTimeoutMs = 1000
const longestReason = 400
const notInstalled = 'vagrant is not installed here, or not in PATH'

/**
 * How Vagrant's machines are reached, as `vagrant ssh-config` tells. A machine that is not up can be checked and listed, and
 * connecting to it fails with what to do. The answer is kept in `.vagrant/` until Vagrant does something to a machine or one
 * does not answer. A machine's host key is learned at the first connection, checked from then on, and forgotten when the
 * machine is destroyed.
 *
 * @example
 * ```ts
 * import { defineInventory, definePlaybook, hostsFromVagrant } from 'foobar-deploy'
 *
 * const site = definePlaybook({ name: 'site', groups: ['web'], plays: () => [] })
 *
 * export default async () => {
 *   const { web1, web2 } = await hostsFromVagrant({ machines: ['web1', 'web2'] })
 *   return defineInventory({
 *     playbook: site,
 *     hosts: { web1: { ...web1, address: '192.168.56.11' }, web2: { ...web2, address: '192.168.56.12' } },
 *     groups: { web: ['web1', 'web2'] },
 *   })
 * }
 * ```
 */
export async function hostsFromVagrant<const Name extends string>(options: {
  readonly machines: readonly Name[]
  /** Where the Vagrantfile is, or a folder below; default: the folder of the calling file. */
  readonly cwd?: string
}): Promise<Readonly<Record<Name, VagrantMachine>>> {
  const { machines, cwd = '.' } = options
  const folder = vagrantFolder(resolve(callingFolder(), cwd))
  const dataFolder = join(folder, '.vagrant')
  const cache = await openVagrantCache(folder, dataFolder)
  const text = (await allAnswer(parseVagrantSshConfig(cache.text ?? ''), machines)) ? (cache.text ?? '') : ''
  const found = new Map(parseVagrantSshConfig(text))
  const missing = machines.filter((name) => !found.has(name))
  const reasons = new Map<string, string>()
  if (missing.length > 0) {
    const told = await ask(folder, missing, found, reasons)
    // Machines that are not up may come up without a trace in the files.
    if (reasons.size === 0) await cache.keep(`${text}\n${told}`)
  }
  const entries = machines.map(async (name) => {
    const machine = found.get(name)
    const settings = machine
      ? pinned(machine, name, await machineFolder(dataFolder, name))
      : off(name, reasons.get(name))
    return [name, settings] as const
  })
  return Object.fromEntries(await Promise.all(entries)) as Readonly<Record<Name, VagrantMachine>>
}

type Machines = Map<string, VagrantMachine>

/** Asks for all at once and then, because the first that is not up hides the others, for each of the rest. */
async function ask(folder: string, names: readonly string[], found: Machines, reasons: Map<string, string>) {
  const take = async (asked: readonly string[]) => {
    const { status, stdout, stderr } = await vagrant(folder, asked)
    for (const [name, machine] of parseVagrantSshConfig(stdout)) found.set(name, machine)
    if (status !== 0) for (const name of asked) if (!found.has(name)) reasons.set(name, stderr.trim())
    return stdout
  }
  const first = await take(names)
  const rest = names.length > 1 ? names.filter((name) => !found.has(name)) : []
  return [first, ...(await Promise.all(rest.map((name) => take([name]))))].join('\n')
}

async function vagrant(folder: string, machines: readonly string[]) {
  try {
    return await runProgram('vagrant', ['ssh-config', ...machines], folder)
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError) || thrown.code !== 'source-not-run') throw thrown
    return { status: 127, stdout: '', stderr: notInstalled }
  }
}

/**
 * Vagrant keeps no host keys and has nobody check them. Beside the machine's own files they go when the machine goes; under
 * its name they stand whatever address it gets.
 */
function pinned(machine: VagrantMachine, name: string, folder: string | undefined): VagrantMachine {
  if (machine.hostKeyChecking !== 'no' || folder === undefined) return machine
  // In these settings, %h and the like stand for something.
  const knownHostsFile = join(folder, hostKeysName).replaceAll('%', '%%')
  return { ...machine, hostKeyChecking: 'accept-new', hostKeyAlias: name, knownHostsFile }
}

function off(name: string, reason = ''): VagrantMachine {
  return { address: name, unavailable: whyOff(name, reason), sshConfigFile: false }
}

function whyOff(name: string, reason: string): string {
  if (reason === notInstalled) return `${notInstalled}. Install it, then: vagrant up`
  if (reason.includes('not yet ready for SSH'))
    return `Vagrant says that it is not created or not running. Try: vagrant up ${name}`
  const short = reason.replaceAll(/\s+/g, ' ').slice(0, longestReason).replace(/\.$/, '')
  return `${short || 'Vagrant does not list it'}. Try: vagrant status`
}

/** Whether something listens where the machines are: they may have been switched off without a trace in Vagrant's files. */
async function allAnswer(found: ReadonlyMap<string, VagrantMachine>, names: readonly string[]): Promise<boolean> {
  const machines = names.map((name) => found.get(name)).filter((machine) => machine !== undefined)
  return (await Promise.all(machines.map(answers))).every(Boolean)
}

function answers({ address, port = 22, proxyCommand, proxyJump }: VagrantMachine): Promise<boolean> {
  if (proxyCommand !== undefined || proxyJump !== undefined) return Promise.resolve(true)
  return new Promise((done) => {
    const socket = connect({ host: address, port, timeout: answerTimeoutMs })
    const end = (isThere: boolean) => {
      socket.destroy()
      done(isThere)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

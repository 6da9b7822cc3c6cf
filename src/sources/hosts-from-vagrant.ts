/** Hosts from Vagrant: how its machines are reached. */

import { resolve } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { callingFolder, runProgram } from './read-source.ts'
import { openVagrantCache } from './vagrant-cache.ts'
import { parseVagrantSshConfig, type VagrantMachine } from './vagrant-ssh-config.ts'

/**
 * How Vagrant's machines are reached, as `vagrant ssh-config` tells. A machine that is not up can be checked and listed, and
 * connecting to it fails with what to do. The answer is kept in `.vagrant/` until Vagrant does something to a machine.
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
  const folder = await vagrantFolder(resolve(callingFolder(), cwd))
  const cache = await openVagrantCache(folder)
  const found = new Map(parseVagrantSshConfig(cache.text ?? ''))
  const missing = machines.filter((name) => !found.has(name))
  const reasons = new Map<string, string>()
  if (missing.length > 0) {
    const text = await ask(folder, missing, found, reasons)
    // Machines that are not up may come up without a trace in the files.
    if (reasons.size === 0) await cache.keep(`${cache.text ?? ''}\n${text}`)
  }
  const entries = machines.map((name) => [name, found.get(name) ?? off(name, reasons.get(name) ?? '')])
  return Object.fromEntries(entries)
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
    return { status: 127, stdout: '', stderr: 'vagrant is not installed here, or not in PATH' }
  }
}

function off(name: string, reason: string): VagrantMachine {
  const short = reason.split('\n').slice(0, 3).join(' ').replace(/\.$/, '')
  const hint = reason.includes('not installed') ? 'Install it, then: vagrant up' : `Try: vagrant up ${name}`
  return { address: name, unavailable: `${short || 'Vagrant tells nothing of it'}. ${hint}`, sshConfigFile: false }
}

/** The folder of the Vagrantfile that Vagrant would take, or else the one it starts from. */
async function vagrantFolder(start: string): Promise<string> {
  const { existsSync } = await import('node:fs')
  for (let folder = start; ; folder = resolve(folder, '..')) {
    if (existsSync(resolve(folder, 'Vagrantfile'))) return folder
    if (folder === resolve(folder, '..')) return start
  }
}

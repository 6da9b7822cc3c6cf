/** Runs commands in a lab's network, and on its hosts, in the foreground. */

import { FoobarDeployError } from '../errors.ts'
import { isHostOn } from './host-processes.ts'
import { hostOff, labNotUp, unknownHost } from './lab-errors.ts'
import { labPaths } from './lab-paths.ts'
import { readRecord } from './lab-record.ts'
import { checkLabName } from './lab-spec.ts'
import { hasNetwork } from './network.ts'
import { runInForeground } from './process.ts'
import { requireEnvironment } from './require-environment.ts'

/**
 * Runs a command of this machine inside the lab's network, where the hosts are at their addresses and nothing else can
 * be reached; gives its exit code. `down` does not end such a command.
 */
export async function labExec(name: string, argv: readonly string[]): Promise<number> {
  await requireLab(name)
  if (argv.length === 0) {
    throw new FoobarDeployError('usage', 'lab-no-command', 'The command is missing', { detail: name })
  }
  return runInForeground('nsenter', `--net=${labPaths(name).networkFile}`, '--', ...argv)
}

/** Opens ssh to a host, for a shell or for the command given; gives its exit code. */
export async function labSsh(name: string, hostName: string, argv: readonly string[] = []): Promise<number> {
  const { spec } = await requireLab(name)
  if (!spec.hosts.some((host) => host.name === hostName)) throw unknownHost(spec, hostName)
  if (!(await isHostOn(name, hostName))) throw hostOff(hostName)
  const command = argv.length === 0 ? [] : ['--', ...argv]
  return runInForeground('ssh', '-F', labPaths(name).sshConfig, hostName, ...command)
}

async function requireLab(name: string) {
  checkLabName(name)
  await requireEnvironment()
  const record = await readRecord(name)
  if (record === undefined || !hasNetwork(name)) throw labNotUp(name)
  return record
}

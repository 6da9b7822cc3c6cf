/** Bad input on real hosts: what is arranged by OpenSSH, what must be told, and that the host is as it was. */

import { execFileSync, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { compareFingerprints, fingerprintScript, type Moved, parseFingerprint } from '../../src/engine/fingerprint.ts'
import { labPaths } from '../../src/lab/index.ts'
import { folderWith } from '../cli/command.ts'
import { expectHostFailure, type HostFailure } from './host-failure.ts'
import { inventoryText, type Parts } from './project.ts'

export const lab = 'test-bad-input'

/** A case on host web1. */
export interface HostCase extends HostFailure {
  readonly parts?: Parts
  /** Run on the host as root beforehand. */
  readonly arrange?: string
  /** Run on the host as root afterwards. */
  readonly restore?: string
  /** Run on this machine in the project's folder; `$1` is the lab's key, `$2` its known_hosts. */
  readonly prepare?: string
  /** What is fingerprinted beside the usual. */
  readonly paths?: readonly string[]
}

// One connection for all scripts, so that the cost of OpenSSH arises once.
const ssh = () => ['-F', labPaths(lab).sshConfig, '-S', join(tmpdir(), `${lab}-${process.pid}-%h`)]

/** Ends the connections of {@link onHost}. */
export function leaveHosts(): void {
  // That of a host that was powered off has ended by itself.
  for (const host of ['web1', 'web2']) spawnSync('ssh', [...ssh(), '-O', 'exit', host])
}

/** Runs `script` on a host as root, by OpenSSH. */
export function onHost(script: string, host = 'web1'): string {
  return execFileSync('ssh', [...ssh(), '-o', 'ControlMaster=auto', '-o', 'ControlPersist=60', host, 'sudo sh'], {
    input: script,
    encoding: 'utf8',
    maxBuffer: 1e8,
    timeout: 30_000,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** A project whose hosts are the lab's. */
export function projectFiles(parts: Parts, host = 'web1'): Record<string, string> {
  const address = host === 'web1' ? '198.51.100.11' : '198.51.100.12'
  const inventory = `lab: { name: '${lab}' }, ${parts.inventory ?? ''}`
  const text = inventoryText({ ...parts, inventory }, address)
  return { 'inventory/dev.ts': text.replaceAll('web1', host) }
}

// A file is staged in the folder it is to lie in, which the folder's times tell even when the file is gone again.
function isTimeOfFolder({ before = '', after = '' }: Moved): boolean {
  const timeless = (value: string) => value.replace(/ written \S+ changed \S+/, '')
  return before.startsWith('d ') && timeless(before) === timeless(after)
}

/** Applies the case's project, twice, between two fingerprints of the host. Gives the text of the first run. */
export async function expectFailureThatLeavesTheHost(given: HostCase): Promise<string> {
  const { parts = { tasks: "file({ path: '/etc/a', content: '' })" }, arrange = '', restore = '', prepare } = given
  const folder = await folderWith(projectFiles(parts))
  const { key, knownHosts } = labPaths(lab)
  if (prepare) execFileSync('sh', ['-ec', prepare, 'sh', key, knownHosts], { cwd: folder })
  const fingerprint = fingerprintScript(given.paths ?? [])
  const before = parseFingerprint(onHost(`set -e\n${arrange}\nset +e\n${fingerprint}`))
  let after: typeof before
  try {
    return await expectHostFailure(folder, given)
  } finally {
    after = parseFingerprint(onHost(`${fingerprint}\n{ ${restore}\n:; } >&2`))
    expect(compareFingerprints(before, after).filter((moved) => !isTimeOfFolder(moved))).toEqual([])
    expect(before.size).toBeGreaterThan(500)
  }
}

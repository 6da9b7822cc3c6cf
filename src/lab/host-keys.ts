/** Makes a lab's keys: the one that its hosts let in, and the one that each host shows. */

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { knownHostsFile, sshConfigFile } from './host-files.ts'
import { labPaths } from './lab-paths.ts'
import type { LabHost, LabSpec } from './lab-spec.ts'
import type { Lock } from './lock.ts'
import { run } from './process.ts'

/** A key pair in OpenSSH's format. */
export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

/** Makes what the lab lacks of its keys, and the known_hosts and ssh_config files. */
export async function createKeys(spec: LabSpec, lock: Lock): Promise<void> {
  const paths = labPaths(spec.name)
  await keyPair(paths.key, `vagrant@${spec.name}`, lock)
  const hosts = await Promise.all(
    spec.hosts.map(async (host) => ({ ...host, publicKey: (await hostKey(spec.name, host, lock)).publicKey })),
  )
  await writeFile(paths.knownHosts, knownHostsFile(hosts))
  await writeFile(paths.sshConfig, sshConfigFile(paths, spec.hosts))
}

/** The key that a host shows; made when it is asked for first, kept until the lab goes down. */
export async function hostKey(lab: string, host: LabHost, lock: Lock): Promise<KeyPair> {
  return keyPair(join(labPaths(lab).hostDirectory(host.name), 'host_key'), `root@${host.name}`, lock)
}

async function keyPair(file: string, comment: string, lock: Lock): Promise<KeyPair> {
  await mkdir(dirname(file), { recursive: true })
  if (!existsSync(file)) await run(lock, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file)
  return { privateKey: await readFile(file, 'utf8'), publicKey: await readFile(`${file}.pub`, 'utf8') }
}

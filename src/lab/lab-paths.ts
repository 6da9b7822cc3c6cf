/** Where a lab keeps what it has on this machine: a pure function of the lab's name and the environment. */

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { env } from 'node:process'
import { FoobarDeployError } from '../errors.ts'

/** The files and names of one lab. */
export interface LabPaths {
  /** Everything of the lab that is a file is in here. */
  readonly directory: string
  /** The private key that user `vagrant` of every host accepts. */
  readonly key: string
  readonly knownHosts: string
  /** Configuration for `ssh -F`, with an entry for each host; works inside and outside of the lab's network. */
  readonly sshConfig: string
  /** The unix socket that leads to port 22 of a host. */
  socket(hostName: string): string
  /** The directory of a host: its disk, its host key. */
  hostDirectory(hostName: string): string
  /** What a host wrote to its console. */
  hostLog(hostName: string): string
  /** What a long-running or building process of the lab wrote. */
  log(process: string): string
  /** The lab as it was asked for, recorded before anything else is made. */
  readonly record: string
  /** Present when `up` or `reset` went through to the end. */
  readonly complete: string
  /** Name of the network namespace. */
  readonly network: string
  readonly networkFile: string
  /** Name of the cgroup, below the root of the cgroup2 hierarchy. */
  readonly cgroup: string
  readonly lock: string
}

/** The directories that labs share; `FOOBAR_DEPLOY_LAB_DIR` and `FOOBAR_DEPLOY_CACHE_DIR` replace them. */
export interface LabRoots {
  readonly labs: string
  readonly cache: string
}

const usualLabs = '/var/lib/foobar-deploy/lab'

/** The directories that labs share. */
export function labRoots(environment: Readonly<Record<string, string | undefined>> = env): LabRoots {
  return {
    labs: safePath(environment.FOOBAR_DEPLOY_LAB_DIR || usualLabs),
    cache: safePath(environment.FOOBAR_DEPLOY_CACHE_DIR || '/var/cache/foobar-deploy'),
  }
}

/** The files and names of the lab called `name`. */
export function labPaths(name: string, roots: LabRoots = labRoots()): LabPaths {
  const directory = join(roots.labs, name)
  // Labs of one name in two directories are two labs.
  const id = roots.labs === usualLabs ? name : `${name}-${fingerprint(roots.labs).slice(0, 6)}`
  const network = `foobar-${id}`
  return {
    directory,
    key: join(directory, 'key'),
    knownHosts: join(directory, 'known_hosts'),
    sshConfig: join(directory, 'ssh_config'),
    socket: (hostName) => join(directory, 'ssh', hostName),
    hostDirectory: (hostName) => join(directory, 'hosts', hostName),
    hostLog: (hostName) => join(directory, 'log', `host-${hostName}.log`),
    log: (process) => join(directory, 'log', `${process}.log`),
    record: join(directory, 'lab.json'),
    complete: join(directory, 'complete'),
    network,
    networkFile: join('/run/netns', network),
    cgroup: `foobar-lab-${id}`,
    lock: `/run/lock/foobar-deploy/lab-${id}.lock`,
  }
}

/** A short name of `parts` that differs whenever they do. */
export function fingerprint(...parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)
}

/** Overlay options, ssh and socat each give other characters a meaning of their own. */
function safePath(path: string): string {
  if (/^\/[A-Za-z0-9._/+-]*$/.test(path)) return path
  throw new FoobarDeployError('environment', 'lab-path', 'The path of the lab cannot be used', {
    detail: path,
    hint: 'Give an absolute path of letters, digits and any of ._/+- only.',
  })
}

/** The packages' proxy: one apt-cacher-ng for all labs of a cache, reachable by its unix socket alone. */

import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { createCgroup, removeCgroup } from './cgroup.ts'
import { fingerprint, labPaths, labRoots } from './lab-paths.ts'
import { type Lock, withLock } from './lock.ts'
import { launch, run } from './process.ts'
import { until } from './until.ts'

const startTimeoutMs = 10_000
const userName = 'apt-cacher-ng'

/** The unix socket of the proxy. */
export function aptProxySocket(): string {
  return join(proxyDirectory(), 'run', 'socket')
}

/** The configuration of apt-cacher-ng; `upstream` is the proxy that this machine itself uses for packages. */
export function aptProxyConfiguration(directory: string, cache: string, upstream?: string): string {
  const lines = [
    `CacheDir: ${cache}`,
    `LogDir: ${join(directory, 'run')}`,
    `SocketPath: ${join(directory, 'run', 'socket')}`,
    'SupportDir: /usr/lib/apt-cacher-ng',
    // With 0, which its manual gives for "no TCP", it listens on 3142 of every address.
    'Port: -1',
    'ForeGround: 1',
    'ExThreshold: 30',
    ...(upstream === undefined ? [] : [`Proxy: ${upstream}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** Notes that a lab uses the proxy, and starts the proxy unless it runs. The lab's network must exist. */
export async function acquireAptProxy(lab: string): Promise<void> {
  const directory = proxyDirectory()
  const cache = join(labRoots().cache, 'apt')
  await withProxyLock(async (lock) => {
    await mkdir(join(directory, 'users'), { recursive: true })
    await writeFile(join(directory, 'users', labPaths(lab).network), '')
    if (await answers(aptProxySocket())) return
    await removeCgroup(aptProxyCgroup())
    const { user, group } = await proxyUser()
    for (const owned of [cache, join(directory, 'run')]) {
      await mkdir(owned, { recursive: true })
      await chown(owned, user, group)
    }
    await rm(aptProxySocket(), { force: true })
    const upstream = /"(https?:\/\/.+)"/.exec(await run(lock, 'apt-config', 'dump', 'Acquire::http::Proxy'))?.[1]
    await mkdir(join(directory, 'conf'), { recursive: true })
    await writeFile(join(directory, 'conf', 'acng.conf'), aptProxyConfiguration(directory, cache, upstream))
    const log = join(directory, 'proxy.log')
    await rm(log, { force: true })
    const place = { cgroup: await createCgroup(aptProxyCgroup()), log, lock }
    const drop = ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups']
    launch(place, ...drop, 'apt-cacher-ng', '-c', join(directory, 'conf'))
    await until('the proxy for packages', startTimeoutMs, log, () => answers(aptProxySocket()))
  })
}

/** Notes that a lab uses the proxy no more, and stops the proxy when no lab does. */
export async function releaseAptProxy(lab: string): Promise<void> {
  const users = join(proxyDirectory(), 'users')
  if (!existsSync(users)) return
  await withProxyLock(async () => {
    await rm(join(users, labPaths(lab).network), { force: true })
    // A lab whose network is gone went away with a restart of the machine.
    if ((await readdir(users)).some((network) => existsSync(join('/run/netns', network)))) return
    await removeCgroup(aptProxyCgroup())
    await rm(aptProxySocket(), { force: true })
  })
}

function proxyDirectory(): string {
  return join(labRoots().cache, 'apt-proxy')
}

/** Name of the proxy's cgroup. */
export function aptProxyCgroup(): string {
  return `foobar-apt-${fingerprint(proxyDirectory())}`
}

function withProxyLock<T>(action: (lock: Lock) => Promise<T>): Promise<T> {
  return withLock(join(proxyDirectory(), 'lock'), () => {}, action)
}

async function proxyUser(): Promise<{ user: number; group: number }> {
  const passwd = await readFile('/etc/passwd', 'utf8')
  const [, user, group] = new RegExp(`^${userName}:[^:]*:(\\d+):(\\d+):`, 'm').exec(passwd) ?? []
  if (user !== undefined && group !== undefined) return { user: Number(user), group: Number(group) }
  throw new FoobarDeployError('environment', 'lab-missing-program', 'A program that a lab needs is missing', {
    detail: `there is no user ${userName}`,
    hint: 'apt-get install apt-cacher-ng',
  })
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.on('connect', () => connection.destroy())
    connection.on('error', () => resolve(false))
    connection.on('close', (failed) => resolve(!failed))
  })
}

/** A host made of namespaces: its own files, users and processes, up in 50 ms, and its power can be cut. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { childrenOf, kill, processesIn } from './processes.ts'

/** The users of each host besides root, with their ids. */
export const users = { alice: 6001, bob: 6002, eve: 6003 } as const

// Where this machine has no sudo, root needs none: a stand-in with the options that the toolkit uses.
const sudoStandIn = `#!/bin/sh
while :; do
  case $1 in
    -n|-H|-S) shift;;
    -p) shift 2;;
    -u) user=$2; shift 2;;
    --) shift; break;;
    *) break;;
  esac
done
while IFS=: read -r name _ id group _ home _; do [ "$name" = "$user" ] && break; done </etc/passwd
if [ "$name" != "$user" ]; then echo "sudo: unknown user $user" >&2; exit 1; fi
exec setpriv --reuid="$id" --regid="$group" --init-groups env HOME="$home" USER="$user" SUDO_USER=root "$@"
`

/** What all hosts are made from: this machine’s files, and what is added to them. */
export interface Template {
  /** What is added. */
  readonly root: string
  /** Where hosts have their mount points. */
  readonly hosts: string
  remove(): void
}

/** Makes the template; `add` puts more files into its root folder. */
export function makeTemplate(add: (root: string) => void): Template {
  const base = mkdtempSync(join(tmpdir(), 'foobar-deploy-faults-'))
  const folder = join(base, 'root')
  const hosts = join(base, 'hosts')
  for (const path of [base, folder, hosts]) {
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
  }
  const text = (path: string, content: string, mode = 0o644) => {
    mkdirSync(join(folder, path, '..'), { recursive: true, mode: 0o755 })
    writeFileSync(join(folder, path), content, { mode })
    chmodSync(join(folder, path), mode)
  }
  const accounts = Object.entries(users)
  // Root’s profile on this machine is its own business.
  const root = { '/etc/passwd': 'root:x:0:0::/home/root:/bin/sh\n', '/etc/group': 'root:x:0:\n' }
  const added = (file: keyof typeof root, line: (name: string, id: number) => string) =>
    text(
      file,
      `${readFileSync(file, 'utf8').replace(/^root:.*\n/m, '')}${root[file]}${accounts.map(([name, id]) => `${line(name, id)}\n`).join('')}`,
    )
  added('/etc/passwd', (name, id) => `${name}:x:${id}:${id}::/home/${name}:/bin/sh`)
  added('/etc/group', (name, id) => `${name}:x:${id}:`)
  for (const [name, id] of [...accounts, ['root', 0] as const]) {
    mkdirSync(join(folder, 'home', name), { recursive: true, mode: 0o755 })
    chownSync(join(folder, 'home', name), id, id)
  }
  text('/usr/local/bin/sudo', sudoStandIn, 0o755)
  add(folder)
  return { root: folder, hosts, remove: () => rmSync(base, { recursive: true, force: true }) }
}

/** The parts of a host that can be full. */
export type Disk = 'root' | 'run' | 'tmp'

// Hosts end with the process that made them, however that ends.
const withUs = ['--pdeathsig', 'KILL']

const sizes = { root: '48m', run: '2m', tmp: '2m' } as const

/** One host of namespaces. `powerOff` ends all of its processes at once. */
export class NamespaceHost {
  readonly #folder: string
  #holder!: ChildProcessWithoutNullStreams
  #init: { readonly outer: ChildProcessWithoutNullStreams; readonly pid: number } | undefined

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes a host and boots it. */
  static async start(template: Template): Promise<NamespaceHost> {
    const host = new NamespaceHost(mkdtempSync(join(template.hosts, 'host-')))
    const d = host.#folder
    const setUp = `set -e
      mount -t tmpfs -o mode=755,size=${sizes.root} tmpfs ${d}
      mkdir ${d}/upper ${d}/work ${d}/root
      cp -a ${template.root} ${d}/template
      mount -t overlay -o lowerdir=${d}/template:/,upperdir=${d}/upper,workdir=${d}/work overlay ${d}/root
      echo ready; exec sleep infinity`
    // The holder has no part in the host: it keeps the disk while the power is off.
    host.#holder = spawn('setpriv', [...withUs, 'unshare', '-m', '--propagation', 'private', 'sh', '-c', setUp])
    await ready(host.#holder)
    await host.boot()
    return host
  }

  /** Whether it is on. */
  get isOn(): boolean {
    return this.#init !== undefined
  }

  /** Turns it on; it has a new boot id, and /run and /tmp are empty. Its first process buries the dead, as systemd does. */
  async boot(): Promise<void> {
    const d = this.#folder
    const boot = `set -e
      mount -t tmpfs -o mode=755,size=${sizes.run} tmpfs ${d}/root/run
      mount -t tmpfs -o mode=1777,size=${sizes.tmp} tmpfs ${d}/root/tmp
      mkdir -m 755 ${d}/root/run/sshd
      mount --rbind /dev ${d}/root/dev
      mount -t proc proc ${d}/root/proc
      echo ${randomUUID()} >${d}/boot-id
      mount --bind ${d}/boot-id ${d}/root/proc/sys/kernel/random/boot_id
      exec perl -e '$SIG{CHLD} = "IGNORE"; $| = 1; print "ready\n"; sleep 1000 while 1'`
    const unshare = ['unshare', '-m', '-p', '-f', '--kill-child', '--propagation', 'private', 'sh', '-c', boot]
    const outer = spawn('setpriv', [...withUs, 'nsenter', '-t', `${this.#holder.pid}`, '-m', ...unshare])
    await ready(outer)
    const pid = childrenOf(outer.pid ?? 0)[0]
    if (pid === undefined) throw new Error('The host has no first process')
    this.#init = { outer, pid }
  }

  /** Cuts the power: all processes are gone in an instant. What was written to disk stays. */
  async powerOff(): Promise<void> {
    const init = this.#init
    if (!init) return
    this.#init = undefined
    const gone = new Promise<void>((resolve) => init.outer.once('exit', () => resolve()))
    kill(init.pid, 'SIGKILL')
    if (init.outer.exitCode === null && init.outer.signalCode === null) await gone
  }

  /** Starts a program on the host, as root. */
  spawn(program: string, args: readonly string[]): ChildProcessWithoutNullStreams {
    if (!this.#init) throw new Error('The host is off')
    const enter = ['-t', `${this.#init.pid}`, '-m', '-p', '--', '/usr/sbin/chroot', `${this.#folder}/root`]
    return spawn('nsenter', [...enter, program, ...args], {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home/root' },
      // A process group of its own, so that Ctrl-C at the terminal does not reach the host.
      detached: true,
    })
  }

  /** Runs a script on the host, as root; its output. */
  async run(script: string): Promise<string> {
    const child = this.spawn('sh', ['-c', script])
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
    })
    child.stderr.resume()
    await new Promise((resolve) => child.once('close', resolve))
    return output
  }

  /** Where a path of the host is found from outside, while it is on. */
  path(path: string): string {
    if (!this.#init) throw new Error('The host is off')
    return `/proc/${this.#init.pid}/root${this.#folder}/root${path}`
  }

  /** The folder that holds what was changed on disk since the host was made. */
  get changed(): string {
    return `/proc/${this.#holder.pid}/root${this.#folder}/upper`
  }

  /** Fills a disk to the last byte. */
  fill(disk: Disk): void {
    const filler = this.#filler(disk)
    for (const size of [1 << 16, 1 << 12, 1]) {
      try {
        for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown
      }
    }
  }

  /** Frees what {@link NamespaceHost.fill} filled. */
  free(disk: Disk): void {
    rmSync(this.#filler(disk), { force: true })
  }

  /** The processes on the host besides the first, as `pid command line`. */
  processes(): string[] {
    return this.#init ? processesIn(this.path('/proc')) : []
  }

  /** Waits until no process is left but the first; what is still there after `withinMs`. */
  async settle(withinMs: number): Promise<string[]> {
    const end = performance.now() + withinMs
    for (;;) {
      const left = this.processes()
      if (left.length === 0 || performance.now() > end) return left
      await delay(20)
    }
  }

  /** Removes it. */
  async remove(): Promise<void> {
    await this.powerOff()
    const gone = new Promise<void>((resolve) => this.#holder.once('exit', () => resolve()))
    this.#holder.kill('SIGKILL')
    await gone
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #filler(disk: Disk): string {
    return disk === 'root' ? `/proc/${this.#holder.pid}/root${this.#folder}/filler` : this.path(`/${disk}/.filler`)
  }
}

async function ready(child: ChildProcessWithoutNullStreams): Promise<void> {
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', () => reject(new Error(`A host of namespaces could not be made; it needs root: ${said}`)))
  })
}

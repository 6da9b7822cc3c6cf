/** Runs on the hosts of a lab, for tests: a lab of the test file's own, and a relay that can cut or freeze the wire. */

import { execFile, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import { makeTransport } from '../../src/cli/transport.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { RunContext, RunRequest } from '../../src/engine/run-request.ts'
import { defineInventory, definePlaybook, type Inventory, type TaskList } from '../../src/index.ts'
import { type LabSpec, labDown, labPaths, labUp } from '../../src/lab/index.ts'
import type { ConnectionSettings } from '../../src/model/host.ts'
import type { LabSuite } from '../../src/model/lab.ts'

const execute = promisify(execFile)
const addresses = { web1: '198.51.100.11', web2: '198.51.100.12' }

/** Runs a script of any length on a host of a lab by OpenSSH, as root; its output as it is, and how it ended. */
export async function scriptOn(
  lab: string,
  host: string,
  script: string,
): Promise<{ status: number | null; stdout: string }> {
  const ssh = spawn('ssh', ['-F', labPaths(lab).sshConfig, host, 'sudo sh -s'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = new Promise<number | null>((resolve) => ssh.on('close', resolve))
  ssh.stdin.end(script)
  const stdout = await text(ssh.stdout)
  return { status: await closed, stdout }
}

/** The hosts of a lab that lives as long as the test file. */
export function labFor(
  name: string,
  packages: readonly string[] = [],
  { suite = 'sid', hosts = ['web1', 'web2'] }: { suite?: LabSuite; hosts?: readonly (keyof typeof addresses)[] } = {},
) {
  const spec: LabSpec = {
    name,
    suite,
    packages,
    hosts: hosts.map((host) => ({ name: host, address: addresses[host] })),
  }
  beforeAll(async () => {
    await labDown(name, () => {})
    await labUp(spec, () => {})
  })
  afterAll(() => labDown(name, () => {}))
  return {
    spec,
    /** Runs a command on a host by OpenSSH, as root; its output. */
    async ssh(host: keyof typeof addresses, command: string): Promise<string> {
      const { stdout } = await execute('ssh', ['-F', labPaths(name).sshConfig, host, `sudo sh -c '${command}'`])
      return stdout.trim()
    },
    /** Runs a script of any length on a host, as root; its output as it is, and how it ended. */
    script: (host: keyof typeof addresses, script: string) => scriptOn(name, host, script),
    /** How long, in milliseconds, until a host lets us in; 120 s at most. */
    async backAfter(host: keyof typeof addresses): Promise<number> {
      const started = performance.now()
      while ((await this.ssh(host, 'echo in').catch(() => '')) !== 'in') {
        if (performance.now() - started > 120_000) throw new Error(`${host} did not come back`)
        await delay(300)
      }
      return performance.now() - started
    },
    inventory: (tasks: (host: string) => TaskList, settings: ConnectionSettings = {}) =>
      inventoryFor(name, tasks, settings),
  }
}

/** An inventory of both hosts with one play. */
function inventoryFor(lab: string, tasks: (host: string) => TaskList, settings: ConnectionSettings): Inventory {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [{ name: 'Only', hosts: 'web', tasks: ({ host }) => tasks(host.name) }],
  })
  return defineInventory({
    playbook,
    hosts: {
      web1: { address: addresses.web1, ...settings },
      web2: { address: addresses.web2, ...settings },
    },
    groups: { web: ['web1', 'web2'] },
    lab: { name: lab },
  })
}

/** Applies `inventory` to its lab. */
export async function applyOnLab(
  inventory: Inventory,
  request: Partial<RunRequest> = {},
  context: Partial<RunContext> = {},
) {
  const wired = await makeTransport(inventory, { suspend: () => {}, resume: () => {} })
  const events: RunEvent[] = []
  const result = await run(
    {
      inventory: wired.inventory,
      mode: 'apply',
      limit: ['web1'],
      tags: [],
      skipTags: [],
      overrides: [],
      forks: 25,
      diff: false,
      ...request,
    },
    {
      transport: wired.transport,
      ...context,
      emit: (event) => {
        events.push(event)
        context.emit?.(event)
      },
    },
  )
  return { result, events, web1: result.recap.web1 as (typeof result.recap)[string] }
}

/** A relay on the way to a host. */
export interface Relay {
  readonly socketPath: string
  /** Ends all connections; new ones are let through. */
  cut(): void
  /** Lets no byte through any more on the connections there are, without ending them. */
  freeze(): void
  /** Bytes that went to the host so far. */
  sent(): number
  close(): void
}

/** Starts a relay to the socket of a lab's host. */
export async function relayTo(lab: string, host: string): Promise<Relay> {
  const socketPath = join(tmpdir(), `relay-${process.pid}-${host}-${Math.trunc(performance.now())}`)
  const pairs = new Set<[Socket, Socket]>()
  let sent = 0
  const server: Server = createServer((near) => {
    const far = createConnection(labPaths(lab).socket(host))
    const pair: [Socket, Socket] = [near, far]
    pairs.add(pair)
    near.on('data', (chunk: Buffer) => {
      sent += chunk.length
    })
    near.pipe(far).pipe(near)
    for (const [one, other] of [pair, [far, near] as const]) {
      one.on('error', () => other.destroy())
      one.on('close', () => {
        pairs.delete(pair)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  return {
    socketPath,
    cut: () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy()
    },
    freeze: () => {
      for (const [near, far] of pairs) {
        for (const socket of [near, far]) {
          socket.unpipe()
          socket.removeAllListeners('close')
          socket.removeAllListeners('data')
          socket.pause()
        }
      }
    },
    sent: () => sent,
    close: () => {
      server.close()
      for (const pair of pairs) for (const socket of pair) socket.destroy()
      rmSync(socketPath, { force: true })
    },
  }
}

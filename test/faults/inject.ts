/** Carries out one injection: a run with a fault, and the runs after it, each compared with runs that had none. */

import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { holdsSecret } from './host-tree.ts'
import type { Fault, Injection } from './injection.ts'
import { checkAfterFault, checkNextRuns } from './invariants.ts'
import { NamespaceHost } from './namespace-host.ts'
import { kill } from './processes.ts'
import { type Random, randomFrom } from './random.ts'
import type { Reference } from './reference.ts'
import { overShells, overSsh, settingsFor } from './routes.ts'
import { endingOf } from './runs.ts'
import { ShellWire } from './shell-wire.ts'
import { SshWire } from './ssh-wire.ts'
import type { Wire } from './wire.ts'

/** What came of an injection. */
export interface Outcome {
  readonly injection: Injection
  /** Whether its moment came. */
  readonly hasStruck: boolean
  readonly violations: readonly string[]
  readonly durationMs: number
  /** How the run with the fault ended. */
  readonly ending: string
}

/** Carries out `injection` on a host of its own. */
export async function inject(injection: Injection, reference: Reference, seed: number): Promise<Outcome> {
  const started = performance.now()
  const host = await NamespaceHost.start(reference.template)
  const violations: string[] = []
  const watch = setInterval(() => {
    if (host.processes().some(holdsSecret)) violations.push('a secret is in the command line of a process')
  }, 50)
  try {
    const { fault, via, index, moment, isImpatient } = injection
    const settings = settingsFor(fault)
    let struck: Promise<void> = Promise.resolve()
    let controller: ChildProcess | undefined
    const onMoment = (wire: Wire) => {
      struck = strike(fault, wire, controller, host, randomFrom(seed, `strike ${index}`))
      struck.catch((thrown: unknown) => violations.push(`the fault itself failed: ${thrown}`))
    }
    const route =
      via === 'shell'
        ? overShells(host, reference.sources, settings, moment, onMoment)
        : await overSsh(host, reference.sources, `${index}`, settings, moment, onMoment)
    const ended = await (via === 'process'
      ? route.applyInProcess((process) => {
          controller = process
        })
      : route.apply())
    await struck
    if (fault.kind === 'full-disk') host.free(fault.disk)
    if (!isImpatient) route.wire.giveUp()
    if (!host.isOn) await host.boot()
    violations.push(...(await checkAfterFault(host, reference, injection, ended)))
    violations.push(...(await checkNextRuns(host, reference, injection, route.wire)))
    route.close()
    const durationMs = performance.now() - started
    return { injection, hasStruck: route.wire.meter.hasStruck, violations, durationMs, ending: endingOf(ended) }
  } finally {
    clearInterval(watch)
    await host.remove()
  }
}

async function strike(
  fault: Fault,
  wire: Wire,
  controller: ChildProcess | undefined,
  host: NamespaceHost,
  random: Random,
): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      return wire.cut(fault)
    case 'freeze':
      return wire.freeze()
    case 'refuse':
      wire.refuse(fault.connections)
      return wire.cut({ hangUp: false })
    case 'kill-controller':
    case 'lose-controller': {
      const isNoticed = fault.kind === 'kill-controller'
      if (wire instanceof ShellWire) return wire.die({ isNoticed })
      if (!isNoticed) wire.freeze()
      controller?.kill('SIGKILL')
      return
    }
    case 'interrupt':
      controller?.kill(fault.signal)
      return
    case 'kill-session': {
      const { shells, below } = wire.processes()
      for (const pid of [...shells, ...(fault.tree ? below : [])]) kill(pid, 'SIGKILL')
      return
    }
    case 'kill-sshd':
      for (const pid of wire.processes().sshd) kill(pid, 'SIGKILL')
      return
    case 'stop-session': {
      const { shells, below } = wire.processes()
      for (const pid of [...shells, ...below]) kill(pid, 'SIGSTOP')
      await delay(fault.forMs)
      for (const pid of [...shells, ...below]) kill(pid, 'SIGCONT')
      return
    }
    case 'power-off':
      await host.powerOff()
      await delay(fault.forMs)
      return host.boot()
    case 'full-disk':
      return host.fill(fault.disk)
    case 'garbage':
      wire.inject(random.bytes(fault.bytes))
      if (fault.cut) wire.cut({ hangUp: false })
      return
    case 'flood':
      for (let sent = 0; sent < fault.megabytes; sent++) wire.inject(Buffer.alloc(1 << 20, fault.isLine ? 'x' : 'x\n'))
      if (fault.cut) wire.cut({ hangUp: false })
      return
    case 'hostile-server':
      if (wire instanceof SshWire) wire.becomeHostile(fault.behaviour)
  }
}

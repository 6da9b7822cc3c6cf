/** Carries out one injection: a run with a fault, and the runs after it, each compared with runs that had none. */

import { setTimeout as delay } from 'node:timers/promises'
import type { RunEvent } from '../../src/engine/events.ts'
import { run } from '../../src/engine/run.ts'
import type { RunResult } from '../../src/engine/run-request.ts'
import type { Inventory } from '../../src/index.ts'
import { handlerLogs, logs } from './fault-playbook.ts'
import { differences, holdsSecret, linesOf, strayingSecrets, type Tree, treeOf } from './host-tree.ts'
import type { Fault, Injection } from './injection.ts'
import { NamespaceHost, type Template } from './namespace-host.ts'
import { kill as signal } from './processes.ts'
import { randomFrom } from './random.ts'
import { ControllerDied, type Counts, Wire } from './wire.ts'

/** What injections are compared with: runs without a fault. */
export interface Reference {
  readonly template: Template
  readonly inventory: Inventory
  readonly counts: Counts
  /** What the host holds in the end. */
  readonly tree: Tree
  /** For each path, everything that it ever was on the way there. */
  readonly onTheWay: ReadonlyMap<string, ReadonlySet<string>>
}

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

const longestRunMs = 40_000
const longestSettlingMs = 15_000
const noticedMs = 300
/** For how long a lost host is tried again. */
export const reconnectTimeoutMs = 8000

/** Makes the runs without a fault. */
export async function makeReference(template: Template, inventory: Inventory): Promise<Reference> {
  const host = await NamespaceHost.start(template)
  try {
    const onTheWay = new Map<string, Set<string>>()
    const look = () => {
      for (const [path, line] of treeOf(host)) onTheWay.set(path, (onTheWay.get(path) ?? new Set()).add(line))
    }
    look()
    const wire = new Wire(host, undefined, undefined, look)
    const first = await runOn(inventory, wire)
    if (typeof first === 'string' || first.result.exitCode !== 0)
      throw new Error(`The run without a fault failed: ${endingOf(first)}`)
    await runOn(inventory, new Wire(host))
    await host.settle(longestSettlingMs)
    look()
    return { template, inventory, counts: wire.counts, tree: treeOf(host), onTheWay }
  } finally {
    await host.remove()
  }
}

/** Carries out `injection` on a host of its own. */
export async function inject(injection: Injection, reference: Reference, seed: number): Promise<Outcome> {
  const started = performance.now()
  const host = await NamespaceHost.start(reference.template)
  const violations: string[] = []
  try {
    const { fault } = injection
    let struck: Promise<void> = Promise.resolve()
    const wire = new Wire(host, injection.moment, (own) => {
      struck = strike(fault, own, host, randomFrom(seed, `strike ${injection.index}`))
      struck.catch((thrown: unknown) => violations.push(`the fault itself failed: ${thrown}`))
    })
    const watch = watchCommandLines(host, violations)
    const first = await runOn(reference.inventory, wire)
    await struck
    clearInterval(watch)
    violations.push(...judgeFirst(first, injection))
    await heal(fault, wire, host)
    await checkHost(host, reference, violations, first)
    await checkNextRuns(host, reference, injection, violations)
    return {
      injection,
      hasStruck: wire.hasStruck,
      violations,
      durationMs: performance.now() - started,
      ending: endingOf(first),
    }
  } finally {
    await host.remove()
  }
}

type Ended = { readonly result: RunResult; readonly events: readonly RunEvent[] } | string

// A run, or why there is no result: it did not end, its controller died, or a bug was thrown.
async function runOn(inventory: Inventory, wire: Wire): Promise<Ended> {
  const events: RunEvent[] = []
  const request = {
    inventory,
    mode: 'apply',
    limit: [],
    tags: [],
    skipTags: [],
    overrides: [],
    forks: 5,
    diff: false,
  } as const
  const limit = new AbortController()
  const kill = new AbortController()
  const going = run(request, { transport: wire, kill: kill.signal, emit: (event) => events.push(event) }).then(
    (result) => ({ result, events }),
    (thrown: unknown) =>
      thrown instanceof ControllerDied ? died : `bug: ${thrown instanceof Error ? thrown.stack : thrown}`,
  )
  const late = delay(longestRunMs, hung, { signal: limit.signal }).catch(() => hung)
  const ended = await Promise.race([going, late])
  limit.abort()
  if (ended !== hung) return ended
  // Ctrl-C ends every wait.
  kill.abort()
  const end = await Promise.race([going, delay(5000, hung, { ref: false })])
  return end === hung ? `${hung}, and it could not be interrupted` : hung
}

const died = 'the controller died'
const hung = `no end within ${longestRunMs / 1000} s`

function endingOf(ended: Ended): string {
  if (typeof ended === 'string') return ended
  const { exitCode, recap } = ended.result
  const { error } = recap.here ?? {}
  return error ? `exit ${exitCode}, ${error.code}: ${error.detail ?? error.message}` : `exit ${exitCode}`
}

async function strike(
  fault: Fault,
  wire: Wire,
  host: NamespaceHost,
  random: ReturnType<typeof randomFrom>,
): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      return wire.cut(fault)
    case 'freeze':
      return wire.freeze(noticedMs)
    case 'refuse':
      wire.refuse(fault.connections)
      return wire.cut({ hangUp: false })
    case 'kill-controller':
      return wire.die({ isNoticed: true })
    case 'lose-controller':
      return wire.die({ isNoticed: false })
    case 'kill-session': {
      const { shells, below } = wire.processes()
      for (const pid of [...shells, ...(fault.tree ? below : [])]) signal(pid, 'SIGKILL')
      return
    }
    case 'kill-sshd':
      for (const pid of wire.processes().sshd) signal(pid, 'SIGKILL')
      return
    case 'stop-session': {
      const { shells, below } = wire.processes()
      for (const pid of [...shells, ...below]) signal(pid, 'SIGSTOP')
      await delay(fault.forMs)
      for (const pid of [...shells, ...below]) signal(pid, 'SIGCONT')
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
  }
}

async function heal(fault: Fault, wire: Wire, host: NamespaceHost): Promise<void> {
  if (fault.kind === 'full-disk') host.free(fault.disk)
  // In the end every sshd finds that nobody is there.
  wire.giveUp()
  if (!host.isOn) await host.boot()
}

function watchCommandLines(host: NamespaceHost, violations: string[]): NodeJS.Timeout {
  return setInterval(() => {
    const shown = host.processes().find(holdsSecret)
    if (shown && violations.length < 10) violations.push('a secret is in the command line of a process')
  }, 25)
}

// What may end a run that met the fault, besides success.
const mayFail: Readonly<Partial<Record<Fault['kind'], readonly string[]>>> = {
  'kill-session': ['command-failed', 'not-converged', 'shell-lost', 'shell-refused', 'unreadable'],
  'power-off': [
    'command-failed',
    'not-converged',
    'connection-lost',
    'shell-lost',
    'shell-refused',
    'unreadable',
    'connection-refused',
  ],
  'full-disk': [
    'command-failed',
    'not-converged',
    'unreadable',
    'lock-failed',
    'unavailable',
    'shell-lost',
    'disk-full',
  ],
  garbage: [
    'command-failed',
    'not-converged',
    'connection-lost',
    'shell-lost',
    'shell-refused',
    'unreadable',
    'unavailable',
    'protocol-broken',
  ],
  refuse: ['connection-lost', 'connection-refused'],
}

function judgeFirst(ended: Ended, { fault, moment }: Injection): string[] {
  if (typeof ended === 'string') {
    const isExpected = ended === died && (fault.kind === 'kill-controller' || fault.kind === 'lose-controller')
    return isExpected ? [] : [`the run: ${ended}`]
  }
  const { error } = ended.result.recap.here ?? {}
  if (!error) return ended.result.exitCode === 0 ? [] : [`the run: exit ${ended.result.exitCode} without an error`]
  // Before the first answer nothing has begun, so nothing has to be taken up again.
  const isEarly = error.family === 'unreachable' && moment.after === 'connection'
  return isEarly || mayFail[fault.kind]?.includes(error.code) ? [] : [`the run: ${endingOf(ended)}`]
}

const ours =
  /\.foobar-deploy|\/\.git(\/|$)|^\/run\/|^\/tmp\/|\/\.got$|^\/srv\/(checkout|tree)(\/|$)|^\/var\/lib\/foobar-deploy/

// After the run with the fault: what is under its final name is whole, and no secret can be read.
async function checkHost(host: NamespaceHost, reference: Reference, violations: string[], ended: Ended): Promise<void> {
  const left = await host.settle(longestSettlingMs)
  if (left.length > 0) violations.push(`processes are left: ${left.join('; ')}`)
  for (const [path, line] of treeOf(host)) {
    const known = reference.onTheWay.get(path)
    if (known ? !known.has(line) && !isLog(path) : !ours.test(path))
      violations.push(`after the run, ${path} is ${line}`)
  }
  for (const { path, isReadable } of strayingSecrets(host)) {
    if (isReadable) violations.push(`after the run, others can read a secret in ${path}`)
    else if (typeof ended !== 'string' && ended.result.exitCode === 0) violations.push(`a secret was left in ${path}`)
  }
}

async function checkNextRuns(
  host: NamespaceHost,
  reference: Reference,
  { fault }: Injection,
  violations: string[],
): Promise<void> {
  const next = await runOn(reference.inventory, new Wire(host))
  if (typeof next === 'string' || next.result.exitCode !== 0) violations.push(`the next run: ${endingOf(next)}`)
  const left = await host.settle(longestSettlingMs)
  if (left.length > 0) violations.push(`after the next run, processes are left: ${left.join('; ')}`)
  const before = treeOf(host)
  violations.push(...differences(before, reference.tree, isLog).map((line) => `after the next run, ${line}`))
  for (const { path } of strayingSecrets(host)) violations.push(`after the next run, a secret is in ${path}`)
  violations.push(...checkLogs(host, fault))
  const third = await runOn(reference.inventory, new Wire(host))
  if (typeof third === 'string' || third.result.exitCode !== 0 || third.result.changed) {
    violations.push(
      `the third run: ${endingOf(third)}${typeof third !== 'string' && third.result.changed ? ', and it changed something' : ''}`,
    )
  }
  await host.settle(longestSettlingMs)
  violations.push(...differences(treeOf(host), before, () => false).map((line) => `the third run moved ${line}`))
}

function isLog(path: string): boolean {
  return ([...logs, ...handlerLogs] as readonly string[]).includes(path)
}

function checkLogs(host: NamespaceHost, fault: Fault): string[] {
  const counted = logs.flatMap((path) => {
    const lines = linesOf(host, path)
    return isAllowed(lines, fault) ? [] : [`${path}: ${lines.join(' ')}`]
  })
  const handled = handlerLogs.flatMap((path) => {
    const times = linesOf(host, path).length
    const most = isWireOnly(fault) ? 1 : 2
    return times >= 1 && times <= most ? [] : [`${path}: the handler ran ${times} times`]
  })
  return [...counted, ...handled]
}

// The host and its processes live on, so everything happens once.
function isWireOnly({ kind }: Fault): boolean {
  return kind === 'cut' || kind === 'freeze' || kind === 'refuse' || kind === 'kill-sshd' || kind === 'stop-session'
}

// What was cut off in the middle may be done again, but not while it is still going on, and not after it came to its end.
function isAllowed(lines: readonly string[], fault: Fault): boolean {
  const once = lines.join(' ') === 'begin end'
  if (once || fault.kind === 'full-disk') return once || lines.includes('end')
  const isCutOff = fault.kind === 'power-off' || (fault.kind === 'kill-session' && fault.tree)
  return isCutOff && lines.join(' ') === 'begin begin end'
}

/** What must hold after a fault, and after the runs that follow it. */

import { setTimeout as delay } from 'node:timers/promises'
import { handlerLogs, logs } from './fault-playbook.ts'
import { differences, linesOf, strayingSecrets, type Tree, treeOf } from './host-tree.ts'
import type { Fault, Injection } from './injection.ts'
import type { NamespaceHost } from './namespace-host.ts'
import type { Reference } from './reference.ts'
import { shellInventory } from './routes.ts'
import { applyHere, type Ended, endingOf } from './runs.ts'
import { ShellWire } from './shell-wire.ts'
import type { Wire } from './wire.ts'

const longestSettlingMs = 60_000
const longestLockMs = 240_000

// What may end a run that met the fault, besides success.
const broken = ['command-failed', 'not-converged', 'unreadable', 'unavailable', 'shell-lost', 'shell-refused']
const mayFail: Readonly<Partial<Record<Fault['kind'], readonly string[]>>> = {
  'kill-session': ['command-failed', 'shell-refused'],
  'power-off': [...broken, 'connection-lost', 'connection-refused', 'closed-early', 'connect-timed-out'],
  'full-disk': [...broken, 'lock-failed'],
  garbage: [...broken, 'connection-lost', 'answer-not-understood'],
  flood: [...broken, 'connection-lost', 'answer-not-understood'],
  refuse: ['connection-lost', 'connection-refused', 'closed-early'],
  interrupt: ['interrupted', 'connect-interrupted', 'connection-lost'],
  'hostile-server': ['connect-timed-out', 'not-ssh', 'closed-early', 'connection-lost'],
}

function judge(ended: Ended, { fault, moment, via }: Injection): string[] {
  const wrong = [`the run: ${endingOf(ended)}`]
  if (ended.kind === 'died') {
    return ['kill-controller', 'lose-controller'].includes(fault.kind) ? [] : wrong
  }
  if (ended.kind !== 'result') return wrong
  const { error, exitCode } = ended
  if (!error) return exitCode === 0 || (exitCode === 130 && fault.kind === 'interrupt') ? [] : wrong
  // Nothing has to be taken up again where the connection was never made: over SSH that takes some thousand bytes.
  const isEarly =
    error.family === 'unreachable' && (moment.after === 'connection' || (via !== 'shell' && moment.count < 6000))
  return isEarly || mayFail[fault.kind]?.includes(error.code) ? [] : wrong
}

// What the toolkit or the playbook's own commands may leave until the next run.
const unfinished =
  /\.foobar-deploy|\/\.git(\/|$)|^\/run\/|^\/tmp\/|\/\.got$|^\/srv\/(checkout|tree)(\/|$)|^\/var\/lib\/foobar-deploy/

/** After the run with the fault: what lies under its final name is whole, and nobody can read a secret. */
export async function checkAfterFault(
  host: NamespaceHost,
  reference: Reference,
  injection: Injection,
  ended: Ended,
): Promise<string[]> {
  const left = injection.isImpatient ? [] : await host.settle(longestSettlingMs)
  const files = [...treeOf(host)].filter(([path, line]) => {
    const known = reference.tree.has(path) ? reference.onTheWay.get(path) : undefined
    return known ? !known.has(line) && !isLog(path) : !unfinished.test(path)
  })
  const isWhole = ended.kind === 'result' && ended.exitCode === 0
  // A run that lost its shells at the very end cannot remove its records; the next one does.
  const isTidy = isWhole && (ended.hasReconnected || !breaksShells(injection.fault))
  const mayDiffer = (path: string) => isLog(path) || isLock(path) || (!isTidy && path.startsWith('/run/foobar-deploy/'))
  const secrets = strayingSecrets(host).filter(({ isReadable }) => isReadable || isWhole)
  return [
    ...judge(ended, injection),
    ...left.map((process) => `a process is left: ${process}`),
    ...files.map(([path, line]) => `after the run, ${path} is ${line}`),
    ...secrets.map(({ path, isReadable }) => `a secret was left in ${path}${isReadable ? ', readable' : ''}`),
    ...(isWhole ? differences(treeOf(host), reference.tree, mayDiffer).map((line) => `after the run, ${line}`) : []),
  ]
}

/** The next run converges and leaves nothing behind; the one after it changes nothing. */
export async function checkNextRuns(
  host: NamespaceHost,
  reference: Reference,
  injection: Injection,
  wire: Wire,
): Promise<string[]> {
  const { fault } = injection
  const next = await applyUnlocked(host, reference)
  // A shell that has not taken the lock yet keeps nobody out, and is left to its sshd.
  if (isBeforeLock(injection)) wire.giveUp()
  const left = await host.settle(longestSettlingMs)
  const tree = treeOf(host)
  const secrets = strayingSecrets(host)
  const counted = [...countedActions(host, fault), ...countedHandlers(host, fault)]
  const third = await applyHere(shellInventory(reference.sources), new ShellWire(host))
  await host.settle(longestSettlingMs)
  return [
    ...(next.kind === 'result' && next.exitCode === 0 ? [] : [`the next run: ${endingOf(next)}`]),
    ...left.map((process) => `after the next run, a process is left: ${process}`),
    ...differences(tree, reference.tree, (path) => isLog(path) || isLock(path)).map(
      (line) => `after the next run, ${line}`,
    ),
    ...secrets.map(({ path }) => `after the next run, a secret is in ${path}`),
    ...counted,
    ...verified(third, tree, treeOf(host)),
  ]
}

// The first round trip takes the lock; over SSH the login comes before it.
function isBeforeLock({ via, moment: { after, count } }: Injection): boolean {
  const firstRoundTrip =
    via === 'shell'
      ? { in: 10_000, out: 5000, err: 1000, message: 6, section: 6, shell: 3 }
      : { in: 15_000, out: 10_000 }
  return count <= ((firstRoundTrip as Partial<Record<typeof after, number>>)[after] ?? 0)
}

// A run that is still at work keeps others out; one whose controller is gone does so for the time of its lease.
async function applyUnlocked(host: NamespaceHost, { sources }: Reference): Promise<Ended> {
  const end = performance.now() + longestLockMs
  for (;;) {
    const ended = await applyHere(shellInventory(sources), new ShellWire(host))
    const isLocked = ended.kind === 'result' && ended.error?.code === 'host-locked'
    if (!isLocked || performance.now() > end) return ended
    await delay(500)
  }
}

function verified(ended: Ended, before: Tree, after: Tree): string[] {
  const isClean = ended.kind === 'result' && ended.exitCode === 0 && !ended.changed
  const moved = differences(after, before, () => false)
  return [
    ...(isClean
      ? []
      : [`the third run: ${endingOf(ended)}${ended.kind === 'result' && ended.changed ? ', changed' : ''}`]),
    ...moved.map((line) => `the third run moved ${line}`),
  ]
}

function isLog(path: string): boolean {
  return ([...logs, ...handlerLogs] as readonly string[]).includes(path)
}

// The lock is made by each run that needs it, and is gone after a boot.
function isLock(path: string): boolean {
  return /^\/run\/foobar-deploy(\/root(\/(beat|lock|owner))?)?$/.test(path)
}

function breaksShells({ kind }: Fault): boolean {
  return kind !== 'stop-session' && kind !== 'interrupt'
}

function countedActions(host: NamespaceHost, fault: Fault): string[] {
  return logs.flatMap((path) => {
    const lines = linesOf(host, path)
    return isAllowed(lines, fault) ? [] : [`not once: ${path}: ${lines.join(' ')}`]
  })
}

// What was cut off in the middle may be done again, but not while it is still going on, and not after it came to its end.
function isAllowed(lines: readonly string[], fault: Fault): boolean {
  const text = lines.join(' ')
  // Where the disk is full, the log is too.
  if (text === 'begin end' || (fault.kind === 'full-disk' && fault.disk === 'root')) return lines.includes('end')
  const isCutOff = fault.kind === 'power-off' || (fault.kind === 'kill-session' && fault.tree)
  return isCutOff && text === 'begin begin end'
}

function countedHandlers(host: NamespaceHost, fault: Fault): string[] {
  return handlerLogs.flatMap((path) => {
    const times = linesOf(host, path).length
    const most = isWireOnly(fault) ? 1 : 2
    return times >= 1 && times <= most ? [] : [`the handler ran ${times} times: ${path}`]
  })
}

// Where the host, its processes and the controller live on, each handler runs once.
function isWireOnly({ kind }: Fault): boolean {
  return ['cut', 'freeze', 'refuse', 'kill-sshd', 'stop-session'].includes(kind)
}

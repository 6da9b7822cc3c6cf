/** Runs without a fault, which those with one are compared with. */

import { type Tree, treeOf } from './host-tree.ts'
import { NamespaceHost, type Template } from './namespace-host.ts'
import { overSsh, settingsFor, shellInventory } from './routes.ts'
import { applyHere, type Ended, endingOf } from './runs.ts'
import { ShellWire } from './shell-wire.ts'
import type { Counts } from './wire.ts'

const longestSettlingMs = 15_000

/** What injections are compared with: runs without a fault. */
export interface Reference {
  readonly template: Template
  /** The folder of the files that are sent, of the keys and of the sockets. */
  readonly sources: string
  /** What is counted in a run by each way. */
  readonly counts: Readonly<Record<'shell' | 'ssh', Counts>>
  /** What the host holds in the end. */
  readonly tree: Tree
  /** For each path, everything that it ever was on the way there. */
  readonly onTheWay: ReadonlyMap<string, ReadonlySet<string>>
}

/** Makes the runs without a fault. */
export async function makeReference(template: Template, sources: string): Promise<Reference> {
  const host = await NamespaceHost.start(template)
  const other = await NamespaceHost.start(template)
  try {
    const onTheWay = new Map<string, Set<string>>()
    const look = () => {
      for (const [path, line] of treeOf(host)) onTheWay.set(path, (onTheWay.get(path) ?? new Set()).add(line))
    }
    look()
    const wire = new ShellWire(host, undefined, undefined, look)
    expectSuccess(await applyHere(shellInventory(sources), wire))
    await applyHere(shellInventory(sources), new ShellWire(host))
    await host.settle(longestSettlingMs)
    look()
    const ssh = await overSsh(other, sources, 'reference', settingsFor(), undefined, () => {})
    expectSuccess(await ssh.apply())
    ssh.wire.close()
    const counts = { shell: rounded(wire.meter.counts, 100), ssh: rounded(ssh.wire.meter.counts, 5000) }
    return { template, sources, counts, tree: treeOf(host), onTheWay }
  } finally {
    await Promise.all([host.remove(), other.remove()])
  }
}

// Process ids and packets have lengths that differ from run to run; the plan of a seed must not.
function rounded(counts: Counts, to: number): Counts {
  const down = (count: number) => Math.floor(count / to) * to
  return { ...counts, in: down(counts.in), out: down(counts.out), err: down(counts.err) }
}

function expectSuccess(ended: Ended): void {
  if (ended.kind !== 'result' || ended.exitCode !== 0) throw new Error(`Without a fault: ${endingOf(ended)}`)
}

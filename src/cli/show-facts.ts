/** `facts`: what is learned of each host. */

import { hostname, userInfo } from 'node:os'
import { cwd } from 'node:process'
import { FoobarDeployError } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import type { Inventory } from '../model/inventory.ts'
import { errorText } from '../report/error-text.ts'
import { printable } from '../report/format.ts'
import { dataLine, plainError } from '../report/json-lines.ts'
import type { Paint } from '../report/paint.ts'
import type { Transport } from '../transport/transport.ts'
import type { Arguments } from './arguments.ts'
import { defaultInventory, loadInventory } from './load-inventory.ts'
import { listenToSignals } from './signals.ts'
import { paintFor, tell, write } from './terminal.ts'

/** Gathers and shows the facts of the selected hosts; nothing is changed. */
export async function showFacts(args: Arguments): Promise<number> {
  const loaded = await loadInventory(args.inventories[0] ?? defaultInventory())
  const [{ makeTransport }, { selectHosts }, { inForks }] = await Promise.all([
    import('./transport.ts'),
    import('../engine/selection.ts'),
    import('../engine/forks.ts'),
  ])
  const { inventory, transport } = await makeTransport(loaded, { suspend: () => {}, resume: () => {} })
  const paint = await paintFor('stdout')
  const signals = listenToSignals(tell)
  const codes: number[] = []
  try {
    await inForks(selectHosts(inventory, args.limit), args.forks, async (host) => {
      try {
        const facts = await gather(inventory, host, transport, signals.stop)
        write(
          args.output === 'json' ? dataLine({ type: 'facts', host, facts }, Date.now()) : factsText(host, facts, paint),
        )
      } catch (thrown) {
        if (!(thrown instanceof FoobarDeployError)) throw thrown
        const error = thrown.with({ host })
        codes.push(error.exitCode)
        const json = dataLine({ type: 'host-failed', host, error: plainError(error) }, Date.now())
        write(args.output === 'json' ? json : `${errorText(error, paint, cwd())}\n`)
      }
    })
  } finally {
    signals.dispose()
  }
  return Math.max(0, ...codes)
}

async function gather(inventory: Inventory, host: string, transport: Transport, kill: AbortSignal): Promise<Facts> {
  const [{ HostLink }, { factsScript, parseFacts }] = await Promise.all([
    import('../engine/host-link.ts'),
    import('../engine/facts-script.ts'),
  ])
  const { address = host, vars: _vars, ...own } = inventory.hosts[host] ?? {}
  const link = new HostLink({
    target: { name: host, address, settings: { ...inventory.defaults, ...own } },
    transport,
    owner: { runId: 'facts', description: `${userInfo().username}@${hostname()}` },
    user: undefined,
    readOnly: true,
    kill,
    onReconnected: () => {},
  })
  try {
    await link.connect()
    const [result] = await link.start([{ kind: 'read', script: factsScript }], false)
    return parseFacts(result?.stdout.toString() ?? '').facts
  } finally {
    await link.close()
  }
}

function factsText(host: string, facts: Facts, paint: Paint): string {
  return `${paint('heading', host)}\n${lines(facts as unknown as Record<string, unknown>, '  ').join('\n')}\n`
}

function lines(value: Readonly<Record<string, unknown>>, indent: string): string[] {
  return Object.entries(value).flatMap(([key, member]) => {
    if (Array.isArray(member)) {
      return member.length === 0
        ? [`${indent}${key}: none`]
        : [`${indent}${key}:`, ...member.map((item) => `${indent}  - ${inline(item)}`)]
    }
    if (typeof member === 'object' && member !== null) {
      return [`${indent}${key}:`, ...lines(member as Record<string, unknown>, `${indent}  `)]
    }
    return [`${indent}${key}: ${printable(String(member))}`]
  })
}

function inline(value: unknown): string {
  if (typeof value !== 'object' || value === null) return printable(String(value))
  return Object.entries(value)
    .map(([key, member]) => `${key} ${printable(Array.isArray(member) ? member.join(' ') || 'none' : String(member))}`)
    .join(', ')
}

/** `unlock`: shows the lock of each host, and ends its holder where a person says so. */

import { cwd } from 'node:process'
import type { HostLock } from '../../engine/unlock.ts'
import { exitCodes, FoobarDeployError } from '../../errors.ts'
import { errorText } from '../../report/error-text.ts'
import { printable } from '../../report/format.ts'
import { dataLine, plainError } from '../../report/json-lines.ts'
import type { Arguments } from '../arguments.ts'
import { askLine, hasTerminal } from '../ask.ts'
import { standInForSecrets } from '../inventory-secrets.ts'
import { defaultInventory } from '../load-inventory.ts'
import { reachInventory } from '../reach-inventory.ts'
import { listenToSignals } from '../signals.ts'
import { paintFor, tell, write } from '../terminal.ts'

/** Shows the locks of the selected hosts. The exit code is 2 where a lock that was to be given up is still held. */
export async function unlockHosts(args: Arguments): Promise<number> {
  const { inventory, transport } = await reachInventory(args)
  // Tasks are compiled to learn which user holds the lock; nothing of them is sent to a host.
  await standInForSecrets(args.inventories[0] ?? defaultInventory())
  const { findLocks } = await import('../../engine/unlock.ts')
  const signals = listenToSignals(tell)
  const paint = await paintFor('stdout')
  const codes: number[] = [0]
  const show = (host: string, lock: HostLock) => {
    if (lock instanceof FoobarDeployError) codes.push(lock.exitCode)
    const isError = lock instanceof FoobarDeployError
    if (args.output === 'json') {
      const line = isError ? { type: 'host-failed', host, error: plainError(lock) } : { type: 'lock', host, ...lock }
      write(dataLine(line, Date.now()))
    } else write(isError ? `${errorText(lock, paint, cwd())}\n` : `${host}: ${printable(textOf(lock))}\n`)
  }
  try {
    const { limit, forks, overrides } = args
    const locks = await findLocks({ inventory, limit, forks, overrides }, { transport, kill: signals.stop })
    try {
      for (const [host, lock] of locks.states) show(host, lock)
      const held = [...locks.states].flatMap(([host, lock]) => ('kind' in lock && lock.kind === 'held' ? [host] : []))
      if (held.length === 0 || !(await isConfirmed(args, held, signals.stop))) return Math.max(...codes)
      for (const host of held) {
        const lock = await locks.end(host)
        show(host, lock)
        if ('kind' in lock && lock.kind === 'held') codes.push(exitCodes.task)
      }
    } finally {
      await locks.close()
    }
  } finally {
    signals.dispose()
  }
  return signals.stop.aborted ? exitCodes.interrupted : Math.max(...codes)
}

async function isConfirmed({ yes }: Arguments, held: readonly string[], stop: AbortSignal): Promise<boolean> {
  if (yes) return true
  if (!hasTerminal()) {
    tell('Nothing was ended: there is no terminal to ask on. --yes ends the runs that hold the locks.')
    return false
  }
  const answer = await askLine(`End the runs that hold the locks of ${held.join(', ')}? [y/N] `, stop)
  return /^y(es)?$/i.test(answer)
}

function textOf(lock: Exclude<HostLock, FoobarDeployError>): string {
  if (lock.kind === 'free') return 'the lock is free'
  const { owner, processId, work, silentSeconds } = lock
  const does = work === undefined ? 'has nothing to do' : `is at work: process ${work} on the host`
  return [
    `held by ${owner === '' ? 'an unknown run' : owner}`,
    `its shell${processId === undefined ? '' : ` (process ${processId})`} ${does}`,
    work === undefined ? `it last heard of its controller ${silentSeconds} s ago` : 'it ends after that',
  ].join('; ')
}

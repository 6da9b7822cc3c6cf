/** `facts`: what is learned of each host. */

import { cwd } from 'node:process'
import { FoobarDeployError } from '../../errors.ts'
import { errorText } from '../../report/error-text.ts'
import { dataLine, plainError } from '../../report/json-lines.ts'
import type { Arguments } from '../arguments.ts'
import { reachInventory } from '../reach-inventory.ts'
import { listenToSignals } from '../signals.ts'
import { paintFor, tell, write } from '../terminal.ts'
import { factsText } from './facts-text.ts'

/** Gathers and shows the facts of the selected hosts; nothing is changed. */
export async function showFacts(args: Arguments): Promise<number> {
  const { inventory, transport } = await reachInventory(args)
  const [{ selectHosts }, { factsOf }, { gather }] = await Promise.all([
    import('../../engine/compile/selection.ts'),
    import('../../engine/compile/declare-plays.ts'),
    import('../../engine/facts/gather.ts'),
  ])
  const names = selectHosts(inventory, args.limit)
  const signals = listenToSignals(tell)
  const paint = await paintFor('stdout')
  const json = args.output === 'json'
  const codes: number[] = [0]
  try {
    // There is nothing to finish first: the first signal ends it.
    const found = await gather(
      names,
      { inventory, forks: args.forks },
      { transport, kill: signals.stop },
      undefined,
      factsOf(inventory, args.overrides),
    )
    for (const name of names) {
      const host = found.get(name)
      if (host instanceof FoobarDeployError) {
        codes.push(host.exitCode)
        const line = dataLine({ type: 'host-failed', host: name, error: plainError(host) }, Date.now())
        write(json ? line : `${errorText(host, paint, cwd())}\n`)
      } else if (host) {
        write(
          json
            ? dataLine({ type: 'facts', host: name, facts: host.facts }, Date.now())
            : factsText(name, host.facts, paint),
        )
        await host.link.close()
      }
    }
  } finally {
    signals.dispose()
  }
  return signals.stop.aborted ? 130 : Math.max(...codes)
}

/** Shells of this machine behind a login that prints, waits or reads, as start-up files on hosts do. */

import { quote } from '../../../src/shell/quote.ts'
import { createLocalTransport } from '../../../src/transport/local.ts'
import type { Connection } from '../../../src/transport/transport.ts'

/** A connection whose commands run after `profile`, by a bash that shows its commands where `isTraced`. */
export async function connectionWith(profile: string, { isTraced = false } = {}): Promise<Connection> {
  const inner = await createLocalTransport().connect({ name: 'web1', address: 'local', settings: {} })
  return {
    open: (command, listener) =>
      inner.open(`exec bash -c ${quote(`${profile}\n${isTraced ? 'set -xv\n' : ''}eval ${quote(command)}`)}`, listener),
    close: () => inner.close(),
    traffic: () => inner.traffic(),
  }
}

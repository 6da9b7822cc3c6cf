/** A local transport whose shells see folders of the test's own in place of the machine's lock and records. */

import { chmodSync, chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { quote } from '../../src/shell/quote.ts'
import { createLocalTransport } from '../../src/transport/local.ts'
import type { Transport } from '../../src/transport/transport.ts'

/** A transport whose shells run as the user `uid`, who is not root and has a home in `folder`. */
export function asUser(uid: number, folder: string): Transport {
  const inner = transportWithStateIn(folder)
  const home = join(folder, `home-of-${uid}`)
  mkdirSync(home, { recursive: true })
  chownSync(home, uid, uid)
  chmodSync(folder, 0o755)
  return {
    async connect(target, signal) {
      const connection = await inner.connect(target, signal)
      const drop = `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups env HOME=${quote(home)} sh -c `
      return { ...connection, open: (command, listener) => connection.open(drop + quote(command), listener) }
    },
  }
}

/** The transport; `folder` holds what each host would keep, from one connection to the next. */
export function transportWithStateIn(folder: string): Transport {
  const inner = createLocalTransport()
  return {
    async connect(target, signal) {
      const places = {
        '/run/foobar-deploy': join(folder, target.name, 'run'),
        '/var/lib/foobar-deploy': join(folder, target.name, 'lib'),
      }
      for (const path of Object.entries(places).flat()) mkdirSync(path, { recursive: true })
      const binds = Object.entries(places).map(([place, own]) => `mount --bind ${quote(own)} ${place}`)
      const connection = await inner.connect(target, signal)
      const inOwnNamespace = (command: string) =>
        `exec unshare -m --propagation private sh -c ${quote([...binds, command].join(' && '))}`
      return {
        open: (command, listener) => connection.open(inOwnNamespace(command), listener),
        close: () => connection.close(),
        traffic: () => connection.traffic(),
      }
    },
  }
}

/** A relay that makes a wire long: what goes through it arrives a while later, in order. */

import { createConnection, createServer, type Socket } from 'node:net'

/** Listens on the Unix socket `from` and leads to the one at `to`; each way takes `delayMs`. Returns what ends it. */
export async function startDelayRelay(from: string, to: string, delayMs: number): Promise<() => void> {
  const open = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = createConnection({ path: to, allowHalfOpen: true })
    for (const [source, target] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(source)
      source.on('data', (chunk: Buffer) => setTimeout(() => target.write(chunk), delayMs))
      source.on('end', () => setTimeout(() => target.end(), delayMs))
      source.on('error', () => target.destroy())
      source.on('close', () => open.delete(source))
    }
  })
  await new Promise<void>((resolve) => server.listen(from, resolve))
  return () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
}

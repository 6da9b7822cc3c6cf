/** Proof that a connection works: a command with 3 MB through it, there and back. */

import { expect } from 'vitest'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { record } from './recording.ts'

/** Connects, runs it, and closes. */
export async function proveRoute(target: Target, transport: Transport): Promise<void> {
  const connection = await transport.connect(target)
  try {
    const heard = record()
    const channel = await connection.open('cat; exit 3', heard)
    for (let count = 0; count < 3; count++) await channel.write(Buffer.alloc(1 << 20, count))
    channel.end()
    expect(await heard.ended).toEqual({ kind: 'exit', status: 3 })
    expect(Buffer.concat(heard.out)).toHaveLength(3 << 20)
    expect(connection.traffic().sent).toBeGreaterThan(3 << 20)
    expect(connection.traffic().received).toBeGreaterThan(3 << 20)
  } finally {
    connection.close()
  }
}

/** A channel listener that keeps what it hears, for tests of transports. */

import type { ChannelEnd, ChannelListener } from '../../src/transport/transport.ts'

export interface Recording extends ChannelListener {
  readonly out: Buffer[]
  readonly err: Buffer[]
  /** What happened, in order. */
  readonly order: string[]
  readonly ends: ChannelEnd[]
  readonly ended: Promise<ChannelEnd>
  text(): string
}

export function record(): Recording {
  const { promise, resolve } = Promise.withResolvers<ChannelEnd>()
  const recording: Recording = {
    out: [],
    err: [],
    order: [],
    ends: [],
    ended: promise,
    text: () => Buffer.concat(recording.out).toString(),
    stdout(chunk) {
      recording.out.push(chunk)
      recording.order.push('stdout')
    },
    stderr(chunk) {
      recording.err.push(chunk)
      recording.order.push('stderr')
    },
    closed(end) {
      recording.ends.push(end)
      recording.order.push('closed')
      resolve(end)
    },
  }
  return recording
}

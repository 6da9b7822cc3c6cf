/** What the engine needs of a connection: channels that carry bytes both ways. No word of SSH. */

import type { FoobarDeployError } from '../errors.ts'
import type { ConnectionSettings } from '../model/host.ts'

/** Whom to connect to. */
export interface Target {
  /** Name in the inventory. */
  readonly name: string
  readonly address: string
  readonly settings: ConnectionSettings
}

/** How a channel ended: with a status, by a signal, or because the connection was lost. */
export type ChannelEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'signal'; readonly signal: string }
  | { readonly kind: 'lost'; readonly error: FoobarDeployError }

/** Who listens to a channel. `closed` comes once, after the last chunk. */
export interface ChannelListener {
  stdout(chunk: Buffer): void
  stderr(chunk: Buffer): void
  closed(end: ChannelEnd): void
}

/** One remote process: its input and its outputs. */
export interface Channel {
  /** Resolves as soon as more may be written; rejects when the channel is closed. */
  write(bytes: Uint8Array): Promise<void>
  /** Tells the process that no more input comes. */
  end(): void
}

/** One connection to one host. */
export interface Connection {
  /** Starts `command` with the login shell. Chunks may arrive before the promise resolves. */
  open(command: string, listener: ChannelListener): Promise<Channel>
  /** Ends the connection and everything on it; channels still open hear `lost`. */
  close(): void
  /** Bytes of the connection so far, as sent over the network. */
  traffic(): { readonly sent: number; readonly received: number }
}

/** A way of connecting. Failures are errors of the family `unreachable`. */
export interface Transport {
  connect(target: Target, signal?: AbortSignal): Promise<Connection>
}

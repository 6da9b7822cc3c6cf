/** Actions: what is done on a host to carry out changes. */

import type { Command } from '../shell/command.ts'
import type { Secret } from '../shell/secret.ts'

/** Bytes to be sent: held in memory, or a file of this machine that is streamed. */
export type Content = string | Uint8Array | Secret<string> | Secret<Uint8Array> | LocalFile

/** A file of this machine, sent without being held in memory. */
export interface LocalFile {
  readonly file: string
  /** Size in bytes. */
  readonly size: number
}

/** A file of this machine that is made when it is about to be sent, and not before. */
export interface MadeFile {
  /** Makes it, or finds it made. Rejects with the error of the task. */
  make(): Promise<LocalFile>
}

/** Writes content to a new file of mode 0600; it is to be moved into place by a later command. */
export interface Receive {
  readonly kind: 'receive'
  readonly path: string
  readonly content: Content | MadeFile
}

/** A step of an application. Steps run in order; the first that fails ends the application. */
export type Action = Command | Receive

/** Writes files of the toolkit's own on this machine: whole or not at all, for the user's eyes alone. */

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import process from 'node:process'

/**
 * Puts `text` at `path` in one instant, mode 0600; folders are made as needed, mode 0700. Durable means that it outlives a
 * power cut. Throws what the system says.
 */
export function writeWhole(path: string, text: string, { isDurable }: { readonly isDurable: boolean }): void {
  const staged = `${path}.${process.pid}.new`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  try {
    rmSync(staged, { force: true })
    const descriptor = openSync(staged, 'wx', 0o600)
    try {
      writeSync(descriptor, text)
      if (isDurable) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(staged, path)
  } catch (thrown) {
    rmSync(staged, { force: true })
    throw thrown
  }
}

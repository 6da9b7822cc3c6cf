/** Reads files that are small where they are what they are taken for: keys, and lists of known hosts. */

import { readFile, stat } from 'node:fs/promises'

/** A text and the permissions of its file. */
export interface SmallFile {
  readonly text: string
  readonly mode: number
}

/** Rejects for anything but a regular file of at most `largestBytes`: a pipe would keep us waiting, a device fill the memory. */
export async function readSmallFile(path: string, largestBytes: number): Promise<SmallFile> {
  const stats = await stat(path)
  // An empty file by another name, as ssh_config often has it.
  if (path === '/dev/null') return { text: '', mode: stats.mode }
  if (!stats.isFile()) throw new Error(`${path} is not a regular file`)
  if (stats.size > largestBytes) throw new Error(`${path} has ${stats.size} bytes, more than ${largestBytes}`)
  return { text: await readFile(path, 'utf8'), mode: stats.mode }
}

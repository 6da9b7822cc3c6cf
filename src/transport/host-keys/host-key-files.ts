/** The known_hosts files: reading them, and appending a new host's key. */

import { constants } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readSmallFile } from '../read-small-file.ts'
import type { Destination } from '../ssh-config/destination.ts'
import { unreachable } from '../unreachable.ts'
import { type KnownHost, parseKnownHosts } from './known-hosts.ts'

const largestBytes = 2 ** 26

/** All entries of the files of `destination`; a file that is not there has none. */
export async function readKnownHosts(destination: Destination): Promise<KnownHost[]> {
  const files = [...destination.knownHostsFiles, ...destination.globalKnownHostsFiles]
  return (await Promise.all(files.map((file) => readEntries(file, destination)))).flat()
}

async function readEntries(file: string, destination: Destination): Promise<KnownHost[]> {
  try {
    return parseKnownHosts((await readSmallFile(file, largestBytes)).text, file)
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    // A revoked key may stand in it, so it is not passed over.
    throw unreachable('known-hosts-unreadable', { host: destination.name, detail: message, cause: thrown })
  }
}

/** Whether `file` is a device: nothing that is written to it can be read again. */
export async function keepsNothing(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined))?.isCharacterDevice() ?? false
}

let appending: Promise<unknown> = Promise.resolve()

/** Appends `line` to `file`, one after the other, unless `isKnown` says meanwhile that there is no need. */
export function appendKnownHost(file: string, line: string, isKnown: () => Promise<boolean>): Promise<void> {
  const turn = appending.then(async () => {
    if (!(await isKnown())) await append(file, line)
  })
  appending = turn.catch(() => {})
  return turn
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  try {
    const { size } = await handle.stat()
    const last = size === 0 ? '\n' : (await handle.read(Buffer.alloc(1), 0, 1, size - 1)).buffer.toString()
    // One write to a file opened for appending lands whole, also when other programs append to it.
    await handle.write(last === '\n' ? line : `\n${line}`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

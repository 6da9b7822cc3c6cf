/** What a file is to hold: its bytes or the local file they come from, their checksum, and what of it may be shown. */

import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, readSync, type Stats, statSync } from 'node:fs'
import { z } from 'zod'
import { FoobarDeployError, messageOf, type SourceLocation } from '../../errors.ts'
import type { Content } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Secret } from '../../shell/secret.ts'

/** The content of a file that is to be. */
export interface FileSource {
  readonly content: Content
  readonly sha256: string
  /** In bytes. */
  readonly size: number
  /** The content as text, where it is text of no more than 1 MiB and no secret. */
  readonly text?: string
}

/** Content as a user writes it. */
export type GivenContent = string | Uint8Array | Secret<string> | Secret<Uint8Array>

/** Checks content that a user wrote. */
export const fileContentSchema = z.custom<GivenContent>(
  (value) => typeof value === 'string' || value instanceof Uint8Array || value instanceof Secret,
  'must be text, bytes or a secret',
)

/** Up to this size text is shown in diffs, and local files are held in memory. In bytes. */
export const largestText = 1024 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The source for content that is at hand. */
export function sourceOf(content: GivenContent): FileSource {
  const plain = content instanceof Secret ? content.reveal() : content
  const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain
  const text = content instanceof Secret ? undefined : textOf(bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { content, sha256, size: bytes.length, ...(text === undefined ? {} : { text }) }
}

/** The bytes as text, if they are UTF-8 without NUL and no more than {@link largestText}. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > largestText || bytes.includes(0)) return undefined
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The source for a file of this machine: small ones are read, large ones are streamed when they are sent. */
export function localSource(file: string, at: SourceLocation | undefined): FileSource {
  try {
    const stats = statSync(file)
    if (!stats.isFile()) throw new Error(`${file} is no regular file`)
    return stats.size <= largestText ? sourceOf(readFileSync(file)) : streamed(file, stats)
  } catch (cause) {
    throw new FoobarDeployError('definition', 'file-unreadable', 'A local file cannot be read', {
      detail: messageOf(cause),
      hint: 'A relative path starts at the folder of the file in which the task is written.',
      ...(at ? { at } : {}),
      cause,
    })
  }
}

/** The change of content; what is secret or binary is said to differ and not shown. */
export function contentChange(
  path: string,
  current: { readonly size: number; readonly sha256?: string } | undefined,
  source: FileSource,
  key = 'content',
): Change {
  if (source.content instanceof Secret) return { key, from: current ? 'secret' : null, to: 'secret' }
  return {
    key,
    from: current ? describe(current.size, current.sha256) : null,
    to: describe(source.size, source.sha256),
    ...(source.text === undefined ? {} : { text: { path, to: source.text } }),
  }
}

function describe(size: number, sha256: string | undefined): string {
  return `${size} bytes${sha256 ? `, sha256 ${sha256.slice(0, 12)}` : ''}`
}

const sums = new Map<string, string>()
const chunkBytes = 1024 * 1024

// A file is sent to many hosts and its tasks are built for each: its checksum is computed once.
function streamed(file: string, { size, mtimeMs, ino }: Stats): FileSource {
  const key = `${ino} ${size} ${mtimeMs} ${file}`
  const sha256 = sums.get(key) ?? sumOf(file)
  sums.set(key, sha256)
  return { content: { file, size }, sha256, size }
}

function sumOf(file: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(chunkBytes)
  const descriptor = openSync(file, 'r')
  try {
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, read))
    }
  } finally {
    closeSync(descriptor)
  }
  return hash.digest('hex')
}

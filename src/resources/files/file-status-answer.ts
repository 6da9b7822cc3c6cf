/** Reads what a host says of files: the records of `stat`, the targets of links and the checksums. */

import type { Output } from '../../plan/query.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { absences } from './absence.ts'

/** A path to be asked about. */
export interface FileStatusOperand {
  /** Absolute, without a slash at its end. */
  readonly path: string
  /** Whether the SHA-256 of a regular file is wanted. */
  readonly checksum?: boolean
  /** Whether what a symbolic link leads to is wanted too. */
  readonly follow?: boolean
}

/** Nothing lies at the path. */
export interface AbsentFile {
  readonly kind: 'absent'
  /** Whether the folder it would lie in is there. */
  readonly parentExists: boolean
  /** A part of the path above it is something else than a folder. */
  readonly parentIsNoFolder?: true
}

/** A folder above may not be searched by the user, so nobody can say what is there. */
export interface HiddenFile {
  readonly kind: 'hidden'
  readonly parentExists: false
}

/** What lies at the path. */
export interface PresentFile {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** Four octal digits: `0644`. */
  readonly mode: string
  /** A name, or a number where the host knows no name. */
  readonly owner: string
  readonly group: string
  readonly uid: number
  readonly gid: number
  /** In bytes. */
  readonly size: number
  readonly parentExists: true
  /** Where a symbolic link points, as it is written in the link. */
  readonly target?: string
  /** Of a regular file, if it was wanted and the user may read it. */
  readonly sha256?: string
  /** Where a link leads in the end, if that was wanted. */
  readonly destination?: { readonly path: string; readonly status: PresentFile | undefined }
}

/** What a host knows of a path. */
export type FileStatus = AbsentFile | HiddenFile | PresentFile

/**
 * What `stat` prints of a file, as a word for the shell: raw mode, permissions, uid, gid, size, owner, group, name. Not
 * `%N`, which would give the target of a link too: how that is quoted differs between implementations.
 */
export const statFormat = String.raw`'%f\0%a\0%u\0%g\0%s\0%U\0%G\0%n\0'`
const fieldsOfRecord = 8

const kinds: Readonly<Record<number, PresentFile['kind']>> = { 8: 'file', 4: 'directory', 10: 'symlink' }

/** The answers for `ordered`, in their order. Throws where the output is not what the script prints. */
export function fileStatusAnswers(output: Output, ordered: readonly FileStatusOperand[]): FileStatus[] {
  // latin1 keeps every byte, so that names that are no UTF-8 can be told apart.
  const fields = output.stdout.toString('latin1').split('\0')
  const letters = fields.shift() ?? ''
  const [records, rest] = takeRecords(fields)
  const anyRecord = records.length > 0
  const [followed, afterFollowed] = takeRecords(rest)
  const endOfLinks = afterFollowed.indexOf('')
  const links = [...letters].filter((letter) => letter === 'l').length
  const targets = afterFollowed.slice(0, Math.min(links, endOfLinks))
  const destinations = afterFollowed.slice(links, endOfLinks)
  const sums = new Map(afterFollowed.slice(endOfLinks + 1, -1).map((line) => [line.slice(66), line.slice(0, 64)]))
  const answers = ordered.map(({ path, checksum, follow }, index): FileStatus => {
    const name = bytes(path)
    const letter = letters[index] ?? ''
    if (letter !== 'e' && letter !== 'l') return absent(letter)
    const sha256 = checksum ? sums.get(name) : undefined
    const status = records[0]?.name === name ? records.shift()?.status : undefined
    const target = letter === 'l' ? text(targets.shift() ?? '') : undefined
    const destination = letter === 'l' && follow ? text(destinations.shift() ?? '') : undefined
    const end = destination !== undefined && followed[0]?.name === name ? followed.shift()?.status : undefined
    // It was there for the shell and gone for stat.
    if (!status) return absent('a')
    if (status.kind !== 'symlink') return withSum(status, sha256)
    const ending =
      destination === undefined ? {} : { destination: { path: destination, status: end && withSum(end, sha256) } }
    return { ...status, target: target ?? '', ...ending }
  })
  const present = [...letters].filter((letter) => letter === 'e' || letter === 'l').length
  const isWhole = letters.length === ordered.length && endOfLinks >= links && (present === 0 || anyRecord)
  // Whatever is left over was not understood.
  if (!isWhole || [records, followed, targets, destinations].some((left) => left.length > 0)) {
    throw unexpectedAnswer('the status of files', output)
  }
  return answers
}

interface StatRecord {
  readonly name: string
  readonly status: PresentFile
}

/** The records up to the empty field that ends them, and the fields after it. */
function takeRecords(fields: readonly string[]): [StatRecord[], string[]] {
  const records: StatRecord[] = []
  let at = 0
  for (; fields[at]; at += fieldsOfRecord) records.push(recordOf(fields.slice(at, at + fieldsOfRecord)))
  return [records, fields.slice(at + 1)]
}

function recordOf(fields: readonly string[]): StatRecord {
  const [raw = '', mode = '', uid = '', gid = '', size = '', owner = '', group = '', name = ''] = fields
  return {
    name,
    status: {
      kind: kinds[Number.parseInt(raw, 16) >> 12] ?? 'other',
      mode: mode.padStart(4, '0'),
      owner: owner === 'UNKNOWN' ? uid : text(owner),
      group: group === 'UNKNOWN' ? gid : text(group),
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      parentExists: true,
    },
  }
}

function absent(letter: string): AbsentFile | HiddenFile {
  const absence = absences[letter]
  if (absence === 'denied') return { kind: 'hidden', parentExists: false }
  const parentExists = absence === 'no-file'
  return { kind: 'absent', parentExists, ...(absence === 'not-a-folder' ? { parentIsNoFolder: true } : {}) }
}

function withSum(status: PresentFile, sha256: string | undefined): PresentFile {
  return sha256 && status.kind === 'file' ? { ...status, sha256 } : status
}

function bytes(unicode: string): string {
  return Buffer.from(unicode).toString('latin1')
}

function text(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString()
}

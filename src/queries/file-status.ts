/** Asks what lies at paths: one `stat` for all of them, one `sha256sum` for all files whose content matters. */

import { defineQuery, type Output, type QueryKind } from '../plan/query.ts'
import { quote } from '../shell/quote.ts'
import { absences, absentFunction } from './absence.ts'
import { unexpectedAnswer } from './unexpected-answer.ts'

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

/** See {@link fileStatus}. */
export type FileStatus = AbsentFile | HiddenFile | PresentFile

// Raw mode, permissions, uid, gid, size, owner, group, name with the target of a link.
const format = String.raw`'%f\0%a\0%u\0%g\0%s\0%U\0%G\0%N\0'`
const fieldsOfRecord = 8

const kinds: Readonly<Record<number, PresentFile['kind']>> = { 8: 'file', 4: 'directory', 10: 'symlink' }

export const fileStatusQuery: QueryKind<FileStatusOperand, FileStatus> = {
  name: 'file-status',
  key: ({ path, checksum, follow }) => `${checksum ? 'c' : ''}${follow ? 'f' : ''} ${path}`,
  script: (operands) => {
    const { ordered, checksums, followsFrom, followsTo } = arrange(operands)
    // A name in literal style is the name's bytes, so that the target can be told from it.
    return `LC_ALL=C QUOTING_STYLE=literal; export LC_ALL QUOTING_STYLE
${absentFunction}
set -- ${ordered.map(({ path }) => quote(path)).join(' ')}
f=${format} i=0 r= c= l=
for p do
  i=$((i+1)) s=e
  if [ -L "$p" ]; then
    if [ $i -gt ${followsFrom} ] && [ $i -le ${followsTo} ]; then
      l="$l \\"\\\${$i}\\""
      if [ $i -le ${checksums} ] && [ -f "$p" ] && [ -r "$p" ]; then c="$c \\"\\\${$i}\\""; fi
    fi
  elif [ -e "$p" ]; then
    if [ $i -le ${checksums} ] && [ -f "$p" ] && [ -r "$p" ]; then c="$c \\"\\\${$i}\\""; fi
  else
    absent "$p"
  fi
  r=$r$s
done
printf '%s\\0' "$r"
case $r in *e*) stat --printf="$f" -- "$@" 2>/dev/null;; esac
printf '\\0'
if [ -n "$l" ]; then eval "stat -L --printf=\\"\\$f\\" -- $l" 2>/dev/null; fi
printf '\\0'
if [ -n "$l" ]; then eval "readlink -mz -- $l"; fi
printf '\\0'
if [ -n "$c" ]; then eval "sha256sum -z -- $c"; fi
:`
  },
  parse: (output, operands) => {
    const { ordered } = arrange(operands)
    const answers = new Map(answersOf(output, ordered).map((answer, index) => [ordered[index], answer]))
    return operands.map((operand) => answers.get(operand) as FileStatus)
  },
}

/** What lies at a path. */
export const fileStatus = defineQuery(fileStatusQuery)

/** The operands so that each wish is a range of positions: checksum, checksum and follow, follow, neither. */
function arrange(operands: readonly FileStatusOperand[]) {
  const group = (checksum: boolean, follow: boolean) =>
    operands.filter((operand) => (operand.checksum ?? false) === checksum && (operand.follow ?? false) === follow)
  const [plain, both, follows, neither] = [
    group(true, false),
    group(true, true),
    group(false, true),
    group(false, false),
  ]
  const checksums = plain.length + both.length
  return {
    ordered: [...plain, ...both, ...follows, ...neither],
    checksums,
    followsFrom: plain.length,
    followsTo: checksums + follows.length,
  }
}

function answersOf(output: Output, ordered: readonly FileStatusOperand[]): FileStatus[] {
  // latin1 keeps every byte, so that names that are no UTF-8 can be told apart.
  const fields = output.stdout.toString('latin1').split('\0')
  const letters = fields.shift() ?? ''
  const [records, rest] = takeRecords(fields)
  const [followed, afterFollowed] = takeRecords(rest)
  const endOfDestinations = afterFollowed.indexOf('')
  const destinations = afterFollowed.slice(0, endOfDestinations)
  const sums = new Map(
    afterFollowed.slice(endOfDestinations + 1, -1).map((line) => [line.slice(66), line.slice(0, 64)]),
  )
  const present = [...letters].filter((letter) => letter === 'e').length
  if (letters.length !== ordered.length || endOfDestinations < 0 || (present > 0 && records.length === 0)) {
    throw unexpectedAnswer('the status of files', output)
  }
  return ordered.map(({ path, checksum, follow }, index) => {
    const name = bytes(path)
    const letter = letters[index] ?? ''
    if (letter !== 'e') return absent(letter)
    const sha256 = checksum ? sums.get(name) : undefined
    const status = records[0]?.matches(name) ? records.shift()?.status(name) : undefined
    // It was there for the shell and gone for stat.
    if (!status) return absent('a')
    if (status.kind === 'symlink' && follow) {
      const target = text(destinations.shift() ?? '')
      const end = followed[0]?.matches(name) ? followed.shift()?.status(name) : undefined
      return { ...status, destination: { path: target, status: end && withSum(end, sha256) } }
    }
    return withSum(status, sha256)
  })
}

interface StatRecord {
  matches(name: string): boolean
  status(name: string): PresentFile
}

/** The records up to the empty field that ends them, and the fields after it. */
function takeRecords(fields: readonly string[]): [StatRecord[], string[]] {
  const records: StatRecord[] = []
  let at = 0
  for (; fields[at]; at += fieldsOfRecord) records.push(recordOf(fields.slice(at, at + fieldsOfRecord)))
  return [records, fields.slice(at + 1)]
}

function recordOf([raw = '', mode = '', uid = '', gid = '', size = '', owner = '', group = '', shown = '']: string[]) {
  const kind = kinds[Number.parseInt(raw, 16) >> 12] ?? 'other'
  const arrow = kind === 'symlink' ? ' -> ' : ''
  return {
    matches: (name: string) => (arrow ? shown.startsWith(name + arrow) : shown === name),
    status: (name: string): PresentFile => ({
      kind,
      mode: mode.padStart(4, '0'),
      owner: owner === 'UNKNOWN' ? uid : text(owner),
      group: group === 'UNKNOWN' ? gid : text(group),
      uid: Number(uid),
      gid: Number(gid),
      size: Number(size),
      parentExists: true,
      ...(arrow ? { target: text(shown.slice(name.length + arrow.length)) } : {}),
    }),
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

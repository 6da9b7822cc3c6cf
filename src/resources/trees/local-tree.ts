/** A folder tree of this machine: what is in it, with checksums that are computed once for as long as a file stays. */

import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { FoobarDeployError, messageOf, type SourceLocation } from '../../errors.ts'
import { localSource } from '../files/file-source.ts'

/** A file of the tree. */
export interface TreeFile {
  /** Below the tree's root. */
  readonly path: string
  /** Where it is on this machine. */
  readonly local: string
  readonly size: number
  readonly sha256: string
  readonly isExecutable: boolean
}

/** What is in a tree; paths are below its root, folders before what is in them. */
export interface LocalTree {
  readonly folders: readonly string[]
  readonly files: readonly TreeFile[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

/** Reads the tree at `root`, but for what `isExcluded`. */
export function localTree(
  root: string,
  isExcluded: (path: string) => boolean,
  at: SourceLocation | undefined,
): LocalTree {
  const tree = { folders: [] as string[], files: [] as TreeFile[], links: [] as { path: string; target: string }[] }
  const walk = (folder: string) => {
    const names = readdirSync(join(root, folder)).sort()
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (isExcluded(path)) continue
      const local = join(root, path)
      const stats = lstatSync(local)
      if (stats.isDirectory()) {
        tree.folders.push(path)
        walk(path)
      } else if (stats.isSymbolicLink()) tree.links.push({ path, target: readlinkSync(local) })
      else if (stats.isFile()) tree.files.push(fileAt(path, local, stats, at))
      else throw new Error(`${local} is neither a file nor a folder nor a symbolic link`)
    }
  }
  try {
    if (!statSync(root).isDirectory()) throw new Error(`${root} is no folder`)
    walk('')
  } catch (cause) {
    if (cause instanceof FoobarDeployError) throw cause
    throw new FoobarDeployError('definition', 'folder-unreadable', 'A local folder cannot be read', {
      detail: messageOf(cause),
      hint: 'A relative path starts at the folder of the file in which the task is written.',
      ...(at ? { at } : {}),
      cause,
    })
  }
  return tree
}

const sums = new Map<string, string>()

// A tree is sent to many hosts and its task is built for each: checksums are computed once.
function fileAt(path: string, local: string, stats: Stats, at: SourceLocation | undefined): TreeFile {
  const { ino, size, mtimeMs, ctimeMs, mode } = stats
  const key = `${ino} ${size} ${mtimeMs} ${ctimeMs} ${local}`
  const sha256 = sums.get(key) ?? sumOf(local, size, at)
  sums.set(key, sha256)
  return { path, local, size, sha256, isExecutable: (mode & 0o100) !== 0 }
}

const largestRead = 256 * 1024

function sumOf(local: string, size: number, at: SourceLocation | undefined): string {
  if (size > largestRead) return localSource(local, at).sha256
  return createHash('sha256').update(readFileSync(local)).digest('hex')
}

/**
 * Whether a path fits one of the patterns: `*` and `?` stand for anything but slashes, `**` for anything. A pattern without
 * a slash is compared with the last name of the path, one with a slash with all of it.
 */
export function excluder(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const text = pattern.replace(/^\/|\/$/g, '')
    const prefix = pattern.replace(/\/$/, '').includes('/') ? '^' : '(^|/)'
    return new RegExp(`${prefix}${text.replaceAll(/\*\*\/|\*\*|\*|\?|[^\w/]/g, wildcard)}$`, 's')
  })
  return (path) => expressions.some((expression) => expression.test(path))
}

function wildcard(part: string): string {
  const meanings: Readonly<Record<string, string>> = { '**/': '(.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }
  return meanings[part] ?? `\\${part}`
}

/** The resource `copyTree`: a folder of this machine with its contents, copied to the host. */

import { readFileSync } from 'node:fs'
import { dirname, posix, resolve } from 'node:path'
import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import { staysRoots } from '../../plan/path-use.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { stagingFolder } from '../config-files/config-schema.ts'
import { compareAttributes } from '../files/file-attributes.ts'
import { textOf } from '../files/file-source.ts'
import { type FileStatus, fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { missing, nounOf, unreadable } from '../files/place.ts'
import { type CopyTreeDesired, copyTreeSchema } from './copy-tree-schema.ts'
import { excluder, localTree } from './local-tree.ts'
import { carryOutTree } from './tree-change.ts'
import { differencesOf, type TreeDifference, type TreeState } from './tree-difference.ts'
import { type TreeEntries, type TreeEntry, treeEntries } from './tree-entries.query.ts'
import { foundOthers } from './tree-others.ts'

type Reads = Readonly<Record<string, Query<FileStatus | TreeEntries>>>

const longestListed = 30

/**
 * A folder tree copied to the host. Only what differs is sent, all small files of it as one; each file is replaced in one
 * instant. Symbolic links are copied as links, executable files stay so. What else lies in the folder is left alone unless
 * `exclusive` says that nothing else may be there. A file in the place of a folder, or the other way round, is an error.
 *
 * @example
 * ```ts
 * // roles/site.ts
 * import { copyTree, defineRole } from 'foobar-deploy'
 *
 * export const site = defineRole({
 *   name: 'site',
 *   tasks: () => [
 *     copyTree({ from: './public', path: '/var/www/site', owner: 'root', group: 'root', exclusive: true, exclude: ['*.map'] }),
 *   ],
 * })
 * ```
 */
export const copyTree = defineResource({
  type: 'copyTree',
  schema: copyTreeSchema,
  prepare: (desired, at) => {
    const root = resolve(at ? dirname(at.file) : '.', desired.from)
    return { ...desired, tree: localTree(root, excluder([...desired.exclude, `/${stagingFolder}`]), at) }
  },
  id: ({ path }) => path,
  read: ({ path, tree, exclusive }): Reads => {
    const at = (entry: string) => posix.join(path, entry)
    return Object.fromEntries([
      // Names of their own: no path below the root starts with a slash.
      ['/', fileStatus({ path, follow: true })],
      [`/${stagingFolder}`, fileStatus({ path: at(stagingFolder) })],
      ...tree.folders.map((folder) => [folder, fileStatus({ path: at(folder) })]),
      ...tree.files.map((file) => [file.path, fileStatus({ path: at(file.path), checksum: true })]),
      ...tree.links.map((link) => [link.path, fileStatus({ path: at(link.path) })]),
      ...(exclusive ? [['/others', treeEntries(path)]] : []),
    ])
  },
  parse: (answers: Readonly<Record<string, FileStatus | TreeEntries>>, desired): TreeState | Unavailable => {
    const { path, tree, exclusive } = desired
    const root = rootOf(path, answers['/'] as FileStatus)
    if (root instanceof Unavailable) return root
    const current: Record<string, PresentFile> = {}
    const folders = new Set(tree.folders)
    const files = new Set(tree.files.map((file) => file.path))
    for (const entry of [...tree.folders, ...files, ...tree.links.map((link) => link.path)]) {
      const status = answers[entry] as FileStatus
      const wrong = wrongEntry(posix.join(path, entry), status, folders.has(entry), files.has(entry))
      if (wrong) return wrong
      if (status.kind !== 'absent' && status.kind !== 'hidden') current[entry] = status
    }
    const others: TreeEntry[] = []
    if (exclusive && root) {
      const found = foundOthers(desired, answers['/others'] as TreeEntries)
      if (found instanceof Unavailable) return found
      others.push(...found)
    }
    const isUnfinished = answers[`/${stagingFolder}`]?.kind === 'directory'
    return { ...(root ? { root } : {}), isUnfinished, current, others }
  },
  writes: ({ path, tree, owner, group, directoryMode = '' }, current) => {
    const isOpened = /[2367]$/.test(directoryMode) || (!staysRoots(group) && /[2367].$/.test(directoryMode))
    const removed = current?.others.map((other) => ({ path: posix.join(path, other.path), isRemoved: true })) ?? []
    const folders = tree.folders.map((folder) => posix.join(path, folder))
    return [
      ...[path, ...folders].map((folder) => ({ path: folder, isEntered: true, isOpened, owner, group })),
      ...removed,
    ]
  },
  provides: ({ path }) => [`tree ${path}`],
  diff: (state, desired): Change[] => {
    const { root, isUnfinished, others } = state
    const changes = [
      ...(root ? [] : [{ key: 'state', from: 'absent', to: 'directory' }]),
      ...(root ? compareAttributes(root, { ...desired, mode: desired.directoryMode }) : []),
      ...(isUnfinished ? [{ key: 'unfinished change', from: 'left by a run that was cut off', to: null }] : []),
      ...differencesOf(state, desired).map((difference) => changeOf(difference, desired)),
      ...others.map(({ path, kind }) => ({ key: path, from: kind, to: null })),
    ]
    if (changes.length <= longestListed) return changes.map((change) => withText(change, desired))
    const listed = changes.slice(0, longestListed - 1)
    return [
      ...listed.map((change) => withText(change, desired)),
      { key: 'more', from: null, to: `${changes.length - listed.length} files and folders` },
    ]
  },
  apply: (_changes, desired, state) => carryOutTree(desired, state),
})

function rootOf(path: string, status: FileStatus): PresentFile | undefined | Unavailable {
  if (status.kind === 'absent' || status.kind === 'hidden') return missing(path, status)
  const end = status.destination?.status ?? status
  if (end.kind === 'directory') return end
  return new Unavailable(`${path} is a ${nounOf(end)}, not a directory`, undefined, [`path ${path}`])
}

function wrongEntry(path: string, status: FileStatus, isFolder: boolean, needsSum: boolean): Unavailable | undefined {
  if (status.kind === 'hidden') return missing(path, status)
  if (status.kind === 'absent') return status.parentIsNoFolder ? missing(path, status) : undefined
  const isRight = isFolder ? status.kind === 'directory' : status.kind === 'file' || status.kind === 'symlink'
  if (!isRight) {
    return new Unavailable(
      `${path} is a ${nounOf(status)}, not a ${isFolder ? 'directory' : 'file'}`,
      'remove it first; what is in the way is never replaced by something of another kind',
      [`path ${path}`],
    )
  }
  return needsSum && status.kind === 'file' && status.sha256 === undefined ? unreadable(path) : undefined
}

function changeOf({ path, wanted, content, attributes: others }: TreeDifference, { tree }: CopyTreeDesired): Change {
  if (content) return { key: path, ...content }
  const { key = '', from = null, to = null } = others[0] ?? {}
  const isFolder = tree.folders.includes(path)
  const noun = isFolder ? 'folder ' : ''
  return others.length > 1
    ? { key: `${noun}${path}`, from: others.map(shown('from')).join(' '), to: others.map(shown('to')).join(' ') }
    : { key: `${noun}${path} ${key}`, from, to: to ?? wanted }
}

const shown = (side: 'from' | 'to') => (change: Change) => `${change.key} ${change[side] ?? 'none'}`

const largestShown = 64 * 1024

/** The change with the text that is to come, for a line diff. */
function withText(change: Change, { path, tree }: CopyTreeDesired): Change {
  const file = tree.files.find((one) => one.path === change.key)
  if (!file || file.size > largestShown) return change
  const text = textOf(readFileSync(file.local))
  return text === undefined ? change : { ...change, text: { path: posix.join(path, file.path), to: text } }
}

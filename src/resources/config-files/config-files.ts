/** The resource `configFiles`: several files of one folder, validated and replaced together, or not at all. */

import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { compareAttributes } from '../files/file-attributes.ts'
import { contentChange } from '../files/file-source.ts'
import { type FileStatus, fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { type FolderEntries, folderEntries } from '../files/folder-entries.query.ts'
import { missing, nounOf, unreadable } from '../files/place.ts'
import { type Other, othersIn } from './config-others.ts'
import { configSchema, type DesiredConfig, stagingFolder } from './config-schema.ts'
import { changeConfig } from './config-transaction.ts'

/** What is there, by path below the root. */
interface ConfigState {
  /** What a run that was cut off left: it may not have come to the activation. */
  readonly isUnfinished: boolean
  readonly current: Readonly<Record<string, PresentFile | undefined>>
  /** What else lies in the exclusive folders, where there are such. */
  readonly others?: readonly Other[]
}

type ConfigAnswers = Readonly<Record<string, FileStatus | FolderEntries>>

/**
 * A configuration of several files: all are sent first, then `validate` sees the folder with all changes in it (in a
 * private mount namespace, as root), then each is replaced in one instant. If a replacement or `activate` fails, all that
 * was there is put back. Links in the place of files are replaced; folders below `path` are made as needed. What lies in
 * `exclusiveIn` folders and is not named goes in the same change: a file that is no longer given does not stay in force.
 *
 * @example
 * ```ts
 * import { configFiles, render } from 'foobar-deploy'
 *
 * configFiles({
 *   path: '/etc/nginx',
 *   files: {
 *     'nginx.conf': render('./templates/nginx.conf.ejs', { workers: 4 }),
 *     'sites-available/app': { content: 'server { listen 80; }\n', mode: '0640' },
 *   },
 *   links: { 'sites-enabled/app': '../sites-available/app' },
 *   exclusiveIn: ['sites-enabled'],
 *   absent: ['conf.d/default.conf'],
 *   validate: 'nginx -t',
 *   activate: 'systemctl reload nginx',
 * })
 * ```
 */
export const configFiles = defineResource({
  type: 'configFiles',
  schema: configSchema,
  id: ({ path }) => path,
  read: ({ path: root, files, links, absent, exclusiveIn }): Record<string, Query<FileStatus | FolderEntries>> => {
    const plain = [...Object.keys(links), ...absent]
    return Object.fromEntries([
      // Names of their own: no path below the root starts with a slash.
      ['/', fileStatus({ path: root, follow: true })],
      [`/${stagingFolder}`, fileStatus({ path: `${root}/${stagingFolder}` })],
      ...files.map(({ path }) => [path, fileStatus({ path: `${root}/${path}`, checksum: true })]),
      ...plain.map((path) => [path, fileStatus({ path: `${root}/${path}` })]),
      ...exclusiveIn.map((path) => [`/in ${path}`, folderEntries(`${root}/${path}`)]),
    ])
  },
  parse: (answers: ConfigAnswers, desired): ConfigState | Unavailable => {
    const { path: root, files, exclusiveIn } = desired
    const folder = answers['/'] as FileStatus
    const wrongRoot = folderProblem(root, folder)
    if (wrongRoot) return wrongRoot
    const current: Record<string, PresentFile | undefined> = {}
    for (const [path, answer] of Object.entries(answers)) {
      if (path.startsWith('/')) continue
      const status = answer as FileStatus
      const needsSum = files.some((file) => file.path === path)
      const problem = entryProblem(`${root}/${path}`, status, needsSum)
      if (problem) return problem
      if (status.kind !== 'absent' && status.kind !== 'hidden') current[path] = status
    }
    const others: Other[] = []
    for (const path of exclusiveIn) {
      const found = othersIn(path, answers[`/in ${path}`] as FolderEntries, desired)
      if (found instanceof Unavailable) return found
      others.push(...found)
    }
    return {
      isUnfinished: answers[`/${stagingFolder}`]?.kind === 'directory',
      current,
      ...(exclusiveIn.length > 0 ? { others } : {}),
    }
  },
  writes: ({ path: root, files, links, absent, exclusiveIn }) => [
    { path: root, isEntered: true },
    ...files.map(({ path, owner, group }) => ({ path: `${root}/${path}`, owner, group })),
    ...[...Object.keys(links), ...absent].map((path) => ({ path: `${root}/${path}`, isRemoved: true })),
    ...exclusiveIn.map((path) => ({ path: `${root}/${path}`, isEntered: true })),
  ],
  diff: ({ isUnfinished, current, others = [] }, { path: root, files, links, absent }): Change[] => [
    ...(isUnfinished ? [{ key: 'unfinished change', from: 'left by a run that was cut off', to: null }] : []),
    ...files.flatMap((file) => fileChanges(root, file, current[file.path])),
    ...Object.entries(links).flatMap(([path, target]) => linkChange(path, target, current[path])),
    ...absent.flatMap((path) => {
      const there = current[path]
      return there ? [{ key: path, from: shown(there), to: null }] : []
    }),
    ...others.map((other) => ({ key: other.path, from: shown(other), to: null })),
  ],
  apply: (changes, { path: root, files, links, absent, validate, activate }, { current, others = [] }) => {
    const isChanged = (path: string) => changes.some(({ key }) => key === path || keyOfAttribute(key, path))
    return changeConfig({
      root,
      files: files.filter(({ path }) => isChanged(path)),
      links: Object.entries(links).filter(([path]) => isChanged(path)),
      removed: [
        ...absent.filter(isChanged).map((path) => ({ path, isFolder: false })),
        ...others.map(({ path, kind }) => ({ path, isFolder: kind === 'directory' })),
      ],
      current,
      validate,
      activate,
    })
  },
})

function folderProblem(root: string, status: FileStatus): Unavailable | undefined {
  if (status.kind === 'hidden') return missing(root, status)
  if (status.kind === 'absent') {
    return new Unavailable(`the folder ${root} does not exist`, `add directory({ path: '${root}' }) before it`, [
      `path ${root}`,
    ])
  }
  const end = status.destination?.status ?? status
  if (end.kind === 'directory') return undefined
  return new Unavailable(`${root} is a ${nounOf(end)}, not a directory`, undefined, [`path ${root}`])
}

function entryProblem(path: string, status: FileStatus, needsSum: boolean): Unavailable | undefined {
  if (status.kind === 'hidden') return missing(path, status)
  // A folder that is not there is made; one that is a file cannot be.
  if (status.kind === 'absent') return status.parentIsNoFolder ? missing(path, status) : undefined
  if (status.kind === 'directory' || status.kind === 'other')
    return new Unavailable(`${path} is a ${nounOf(status)}, not a file`, undefined, [`path ${path}`])
  return needsSum && status.kind === 'file' && status.sha256 === undefined ? unreadable(path) : undefined
}

function fileChanges(root: string, file: DesiredConfig['files'][number], status: PresentFile | undefined): Change[] {
  const { path, source } = file
  const current = status?.kind === 'file' ? status : undefined
  const content = contentChange(`${root}/${path}`, current, source, path)
  const isSame = current?.sha256 === source.sha256
  const from = status && !current ? shown(status) : content.from
  return [...(isSame ? [] : [{ ...content, from }]), ...compareAttributes(current, file, `${path} `)]
}

function linkChange(path: string, target: string, status: PresentFile | undefined): Change[] {
  if (status?.kind === 'symlink' && status.target === target) return []
  return [{ key: path, from: status ? shown(status) : null, to: `symbolic link to ${target}` }]
}

function shown(status: Pick<PresentFile, 'kind' | 'target'>): string {
  return status.kind === 'symlink' ? `symbolic link to ${status.target}` : nounOf(status)
}

function keyOfAttribute(key: string, path: string): boolean {
  return ['owner', 'group', 'mode'].some((attribute) => key === `${path} ${attribute}`)
}

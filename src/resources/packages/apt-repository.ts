/** The resource `aptRepository`: a package repository with the key that signs it. */

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { FoobarDeployError, messageOf, type SourceLocation } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { compareAttributes, setAttributes } from '../files/file-attributes.ts'
import { contentChange, type FileSource, sourceOf } from '../files/file-source.ts'
import { type FileStatus, fileStatus, type PresentFile } from '../files/file-status.query.ts'
import { nounOf, unreadable } from '../files/place.ts'
import { moveIntoPlace, stagedPath, writeFile } from '../files/write-file.ts'
import { cannotFetch, fetchFile, fetchPrograms } from '../trees/fetch.ts'
import {
  type AptRepositoryDesired,
  aptRepositorySchema,
  repositoryPaths,
  sourcesText,
} from './apt-repository-schema.ts'
import { armoredKey } from './openpgp-key.ts'

/** The files of the repository that are there, by path. */
interface State {
  readonly files: Readonly<Record<string, PresentFile>>
}

const keyrings = '/etc/apt/keyrings'
const attributes = { owner: 'root', group: 'root', mode: '0644' }

/**
 * A repository of Debian packages: `/etc/apt/sources.list.d/NAME.sources` (deb822), trusted by the one key in
 * `/etc/apt/keyrings/NAME.asc` and by no other. The key comes first; `apt-key` is not used. A change makes apt's lists stale:
 * the next `apt` task that installs something updates them. With `state: 'absent'` both files go.
 *
 * @example
 * ```ts
 * import { aptRepository } from 'foobar-deploy'
 *
 * aptRepository({
 *   name: 'example',
 *   uris: ['https://packages.example.org/debian'],
 *   suites: ['bookworm'],
 *   components: ['main'],
 *   key: {
 *     from: {
 *       url: 'https://packages.example.org/key.asc',
 *       sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
 *     },
 *   },
 * })
 * aptRepository({ name: 'former', state: 'absent' })
 * ```
 */
export const aptRepository = defineResource({
  type: 'aptRepository',
  schema: aptRepositorySchema,
  prepare: (desired, at) => ({ ...desired, armored: keyOf(desired, at) }),
  id: ({ name }) => name,
  read: (desired): Readonly<Record<string, Query<FileStatus | boolean>>> => ({
    ...Object.fromEntries(pathsOf(desired).map((path) => [path, fileStatus({ path, checksum: true })])),
    ...(remoteKeyOf(desired) ? fetchPrograms() : {}),
  }),
  parse: (answers: Readonly<Record<string, FileStatus | boolean>>, desired): State | Unavailable => {
    const files: Record<string, PresentFile> = {}
    for (const path of pathsOf(desired)) {
      const status = answers[path] as FileStatus
      if (status.kind === 'hidden') return unreadable(path)
      if (status.kind === 'absent') continue
      if (status.kind !== 'file') {
        return new Unavailable(`${path} is a ${nounOf(status)}, not a file`, undefined, [`path ${path}`])
      }
      if (status.sha256 === undefined) return unreadable(path)
      files[path] = status
    }
    const remote = remoteKeyOf(desired)
    const programs = { curl: answers.curl === true, wget: answers.wget === true }
    const isThere = remote && files[repositoryPaths(desired).key ?? '']?.sha256 === remote.sha256
    return (remote && !isThere ? cannotFetch(programs, remote.url) : undefined) ?? { files }
  },
  writes: (desired) => pathsOf(desired).map((path) => ({ path })),
  diff: ({ files }, desired): Change[] => {
    const { sources, key, otherKeys } = repositoryPaths(desired)
    const gone = desired.state === 'absent' ? pathsOf(desired) : otherKeys
    return [
      ...(desired.state === 'absent' || key === undefined ? [] : keyChanges(files[key], key, desired)),
      ...(desired.state === 'absent' ? [] : sourcesChanges(files[sources], sources, desired)),
      ...gone.filter((path) => files[path]).map((path) => ({ key: path, from: 'file', to: null })),
    ]
  },
  *apply(changes, desired, { files }): Iterable<Action> {
    const { sources, key, otherKeys } = repositoryPaths(desired)
    if (desired.state === 'absent') {
      yield sh`rm -f -- ${Object.keys(files)}`
      return
    }
    const isChanged = (name: string) => changes.some((change) => change.key === name)
    if (key !== undefined) yield* isChanged('key') ? writeKey(key, desired) : setOnly('key ', key, changes)
    yield* isChanged('sources')
      ? writeFile({ path: sources, content: sourcesText(desired), ...attributes })
      : setOnly('sources ', sources, changes)
    const others = otherKeys.filter((path) => files[path])
    if (others.length > 0) yield sh`rm -f -- ${others}`
  },
  independent: true,
})

function pathsOf(desired: AptRepositoryDesired): string[] {
  const { sources, key, otherKeys } = repositoryPaths(desired)
  return [sources, ...(key === undefined ? [] : [key]), ...otherKeys]
}

function remoteKeyOf({ key }: AptRepositoryDesired) {
  return typeof key === 'object' && 'from' in key && typeof key.from === 'object' ? key.from : undefined
}

function isBinary({ key }: AptRepositoryDesired): boolean {
  return typeof key === 'object' && 'binary' in key && key.binary
}

function keyChanges(current: PresentFile | undefined, path: string, desired: AptRepositoryDesired): Change[] {
  const remote = remoteKeyOf(desired)
  const wanted = remote?.sha256 ?? keySource(desired).sha256
  const differs = current?.sha256 !== wanted
  const content = remote
    ? {
        key: 'key',
        from: current ? `sha256 ${current.sha256?.slice(0, 12)}` : null,
        to: `sha256 ${wanted.slice(0, 12)}`,
      }
    : contentChange(path, current, keySource(desired), 'key')
  return [...(differs ? [content] : []), ...(current ? compareAttributes(current, attributes, 'key ') : [])]
}

function sourcesChanges(current: PresentFile | undefined, path: string, desired: AptRepositoryDesired): Change[] {
  const source = sourceOf(sourcesText(desired))
  return [
    ...(current?.sha256 === source.sha256 ? [] : [contentChange(path, current, source, 'sources')]),
    ...(current ? compareAttributes(current, attributes, 'sources ') : []),
  ]
}

function keySource({ armored = '' }: AptRepositoryDesired): FileSource {
  return sourceOf(armored)
}

/** The attributes of a file whose content is right. */
function setOnly(prefix: string, path: string, changes: readonly Change[]): Iterable<Action> {
  const own = changes.filter(({ key }) => key.startsWith(prefix))
  return setAttributes(
    path,
    own.map((change) => ({ ...change, key: change.key.slice(prefix.length) })),
    attributes,
  )
}

function* writeKey(path: string, desired: AptRepositoryDesired): Iterable<Action> {
  yield sh`[ -d ${keyrings} ] || mkdir -m 0755 -- ${keyrings}`
  const remote = remoteKeyOf(desired)
  if (!remote) {
    yield* writeFile({ path, content: desired.armored ?? '', ...attributes })
    return
  }
  yield fetchFile(remote, stagedPath(path))
  yield checkForm(stagedPath(path), remote.url, isBinary(desired))
  yield moveIntoPlace({ path, ...attributes })
}

/** apt goes by the name of the file, so that its form must be the one that is said. */
function checkForm(path: string, url: string, binary: boolean): Command {
  const says = binary
    ? `${url} is an armored key: leave out binary: true`
    : `${url} is no armored key; if it is a key all the same, say binary: true`
  return sh`if grep -aqF -e '-----BEGIN PGP PUBLIC KEY BLOCK-----' -- ${path}; then form=armored; else form=binary; fi
[ $form = ${binary ? 'binary' : 'armored'} ] || { rm -f -- ${path}; echo ${says} >&2; false; }`
}

function keyOf({ key }: AptRepositoryDesired, at: SourceLocation | undefined): string | undefined {
  if (typeof key === 'string') return checked(() => Buffer.from(key), 'the text given', at)
  if (key === undefined || !('from' in key) || typeof key.from !== 'string') return undefined
  const path = resolve(at ? dirname(at.file) : '.', key.from)
  return checked(() => readFileSync(path), path, at)
}

function checked(read: () => Uint8Array, what: string, at: SourceLocation | undefined): string {
  try {
    return armoredKey(read())
  } catch (cause) {
    throw new FoobarDeployError('definition', 'not-a-key', 'The key of a repository cannot be used', {
      detail: `${what}: ${messageOf(cause)}`,
      hint: 'What is needed is the public key that signs the repository, armored or not.',
      ...(at ? { at } : {}),
      cause,
    })
  }
}

/** The commands that make a tree on a host like the local one: staged as one archive, then moved into place. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { FoobarDeployError } from '../../errors.ts'
import type { Action } from '../../plan/action.ts'
import { sh } from '../../shell/command.ts'
import { quote } from '../../shell/quote.ts'
import { stagingFolder } from '../config-files/config-schema.ts'
import { accountOf, compareAttributes, exactMode } from '../files/file-attributes.ts'
import type { CopyTreeDesired } from './copy-tree-schema.ts'
import type { TreeFile } from './local-tree.ts'
import { type TarEntry, tarOf } from './tar.ts'
import { differencesOf, modeOf, type TreeState } from './tree-difference.ts'

/** Larger files are streamed one by one, in bytes. */
const largestPacked = 64 * 1024
const archive = `${stagingFolder}/tree.tar`
const usualFolderMode = '0755'

/** The actions. What is staged is removed when they fail. */
export function* carryOutTree(desired: CopyTreeDesired, state: TreeState): Iterable<Action> {
  const { path, tree } = desired
  const differences = differencesOf(state, desired)
  const anew = new Set(differences.filter(({ content }) => content).map((difference) => difference.path))
  const files = tree.files.filter((file) => anew.has(file.path))
  const links = tree.links.filter((link) => anew.has(link.path))
  const folders = [...new Set([...files, ...links].map((entry) => posix.dirname(entry.path)))]
  const staged = (entry: string) => `${folders.indexOf(posix.dirname(entry))}/${posix.basename(entry)}`
  const large = files.filter(({ size }) => size > largestPacked)
  const packed: TarEntry[] = [
    ...files
      .filter(({ size }) => size <= largestPacked)
      .map((file) => packedFile(file, staged(file.path), desired, state)),
    ...links.map(({ path: link, target }) => ({
      path: staged(link),
      uid: 0,
      gid: 0,
      mode: '0777',
      content: { target },
    })),
  ]
  const slots = folders.map((_, index) => `${path}/${stagingFolder}/${index}`)
  yield sh`[ -d ${path} ] || mkdir -m ${exactMode(desired.directoryMode ?? usualFolderMode)} -- ${path} || exit
rm -rf -- ${`${path}/${stagingFolder}`} && mkdir -m 0700 -- ${`${path}/${stagingFolder}`} ${slots}`
  if (packed.length > 0) yield { kind: 'receive', path: `${path}/${archive}`, content: tarOf(packed) }
  for (const { path: entry, local, size } of large) {
    const place = `${path}/${stagingFolder}/${staged(entry)}`
    yield { kind: 'receive', path: place, content: { file: local, size } }
  }
  const moves = folders.map((folder) => {
    const names = [...files, ...links].filter((entry) => posix.dirname(entry.path) === folder)
    return `mv -f -t ${below(folder)} -- ${names.map((entry) => quote(`${stagingFolder}/${staged(entry.path)}`)).join(' ')}`
  })
  const commands = [
    packed.length > 0 && `tar -x -m -p --numeric-owner -C ${stagingFolder} -f ${archive} && rm -f -- ${archive}`,
    ...large.flatMap((file) => dressed(file, `${stagingFolder}/${staged(file.path)}`, desired, state)),
    folders.length > 0 && owned(desired, `${stagingFolder}/*`),
    folders.length > 0 && `sync -f -- ${stagingFolder}`,
    ...newFolders(desired, anew),
    ...moves,
    ...removals(state),
    ...attributes(desired, state),
  ].filter((command) => typeof command === 'string')
  yield {
    kind: 'command',
    script: `cd -- ${quote(path)} || exit
{ ${[...commands, ':'].join(' &&\n')}; } || { s=$?; rm -rf -- ${stagingFolder}; exit $s; }
rm -rf -- ${stagingFolder}`,
  }
}

function packedFile(file: TreeFile, path: string, desired: CopyTreeDesired, { current }: TreeState): TarEntry {
  const content = readFileSync(file.local)
  if (createHash('sha256').update(content).digest('hex') !== file.sha256) {
    throw new FoobarDeployError('definition', 'file-moved', 'A local file changed while it was being sent', {
      detail: file.local,
    })
  }
  const there = current[file.path]
  const { uid, gid } = there?.kind === 'file' ? there : { uid: 0, gid: 0 }
  return { path, uid, gid, mode: modeOf(file, desired), content }
}

/** Owner and mode of a file that was not packed. */
function dressed(file: TreeFile, staged: string, desired: CopyTreeDesired, { current }: TreeState): string[] {
  const there = current[file.path]
  const kept = there?.kind === 'file' ? [`chown -- ${there.uid}:${there.gid} ${quote(staged)}`] : []
  return [...kept, `chmod -- ${modeOf(file, desired)} ${quote(staged)}`]
}

function owned({ owner, group }: CopyTreeDesired, words: string): string | undefined {
  const account = accountOf(owner, group)
  return account === undefined ? undefined : `chown -R -h -- ${quote(account)} ${words}`
}

function newFolders(desired: CopyTreeDesired, anew: ReadonlySet<string>): string[] {
  const made = desired.tree.folders.filter((folder) => anew.has(folder)).map(below)
  if (made.length === 0) return []
  const account = accountOf(desired.owner, desired.group)
  const mode = exactMode(desired.directoryMode ?? usualFolderMode)
  return [
    `mkdir -- ${made.join(' ')}`,
    ...(account === undefined ? [] : [`chown -- ${quote(account)} ${made.join(' ')}`]),
    // Not by mkdir, which is bound by what the folder above hands down.
    `chmod -- ${mode} ${made.join(' ')}`,
  ]
}

function removals({ others }: TreeState): string[] {
  const words = others.map(({ path }) => below(path))
  return words.length === 0 ? [] : [`rm -rf --one-file-system -- ${words.join(' ')}`]
}

/** One chown for all entries of one wish, one chmod for all of one mode; the root among them. */
function attributes(desired: CopyTreeDesired, state: TreeState): string[] {
  const { owner, group, directoryMode, tree } = desired
  const rootChanges = compareAttributes(state.root, { owner, group, mode: directoryMode })
  const entries = [
    { words: '.', attributes: rootChanges },
    ...differencesOf(state, desired).map(({ path, attributes: changes }) => ({
      words: below(path),
      attributes: changes,
    })),
  ]
  const isFolder = new Set(tree.folders.map(below)).add('.')
  const wishing = (keys: readonly string[]) =>
    entries.filter((entry) => entry.attributes.some(({ key }) => keys.includes(key)))
  const account = accountOf(owner, group)
  const owners = wishing(['owner', 'group']).map(({ words }) => words)
  const modes = Map.groupBy(wishing(['mode']), (entry) =>
    String(entry.attributes.find(({ key }) => key === 'mode')?.to),
  )
  return [
    ...(account !== undefined && owners.length > 0 ? [`chown -- ${quote(account)} ${owners.join(' ')}`] : []),
    ...[...modes].map(([mode, members]) => {
      const spelled = members.some(({ words }) => isFolder.has(words)) ? exactMode(mode) : mode
      return `chmod -- ${spelled} ${members.map(({ words }) => words).join(' ')}`
    }),
  ]
}

function below(path: string): string {
  return path === '.' ? '.' : quote(`./${path}`)
}

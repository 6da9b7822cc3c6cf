/** The commands of a change of several files: staged, judged as a whole, switched together, put back if that fails. */

import { posix } from 'node:path'
import type { Action } from '../../plan/action.ts'
import { quote } from '../../shell/quote.ts'
import { Secret } from '../../shell/secret.ts'
import { accountOf } from '../files/file-attributes.ts'
import type { PresentFile } from '../files/file-status.query.ts'
import { copyFolder, inPrivate, subshell } from '../files/validation.ts'
import { type DesiredConfig, stagingFolder } from './config-schema.ts'

/** What is to be changed below a root. */
export interface ConfigChange {
  readonly root: string
  readonly files: DesiredConfig['files']
  readonly links: readonly (readonly [path: string, target: string])[]
  /** What is there and is not to be. */
  readonly removed: readonly { readonly path: string; readonly isFolder: boolean }[]
  /** What is there now in the place of files and links, by path below the root. */
  readonly current: Readonly<Record<string, PresentFile | undefined>>
  readonly validate?: string | undefined
  readonly activate?: string | undefined
}

const usualMode = '0644'
const receivedMode = '0600'
const incoming = `${stagingFolder}/new`
const outgoing = `${stagingFolder}/old`

/** The actions of the change. When one fails, the files below the root are what they were. */
export function* changeConfig(change: ConfigChange): Iterable<Action> {
  const { root, files } = change
  const folders = ['', '/new', '/old'].map((name) => quote(`${root}/${stagingFolder}${name}`)).join(' ')
  const staging = quote(`${root}/${stagingFolder}`)
  yield { kind: 'command', script: `rm -rf -- ${staging} && mkdir -m 0700 -- ${folders}` }
  for (const [index, { source }] of files.entries()) {
    yield { kind: 'receive', path: `${root}/${incoming}/${index}`, content: source.content }
  }
  yield { kind: 'command', script: transaction(change) }
}

function transaction(change: ConfigChange): string {
  const { root, files, links, activate } = change
  const stage = [
    ...owners(change),
    ...modes(change),
    ...links.map(([, target], index) => `ln -s -- ${quote(target)} ${incoming}/l${index}`),
    ...judged(change),
    ...saved(change),
    ...(files.length > 0 ? [`sync -- ${files.map((_, index) => `${incoming}/${index}`).join(' ')}`] : []),
  ]
  const paths = changedPaths(change)
  const folders = [...new Set(paths.map((path) => posix.dirname(path)))].map(below)
  const switched = `the files below ${root} could not be switched and were put back`
  return `cd -- ${quote(root)} || exit
put_back() {
${putBack(change)}
}
undo() {
  if put_back; then echo "$1" >&2
  else echo ${quote(`putting back failed: what was there is in ${root}/${outgoing} until the next run`)} >&2; exit 1
  fi
}
{ ${[...stage, ':'].join(' &&\n')}; } || { s=$?; rm -rf -- ${stagingFolder}; exit $s; }
{ ${switchOver(change)}${folders.length > 0 ? ` && sync -- ${folders.join(' ')}` : ''}; } || {
  s=$?; undo ${quote(switched)}; rm -rf -- ${stagingFolder}; exit $s
}${activate === undefined ? '' : activated(activate, root)}
rm -rf -- ${stagingFolder}`
}

function activated(activate: string, root: string): string {
  const message = `activation failed, the files below ${root} were put back and it is run again: ${activate}`
  return `
${subshell(activate)} || {
  s=$?; undo ${quote(message)}
  ${subshell(activate)} || echo 'and failed again' >&2
  rm -rf -- ${stagingFolder}; exit $s
}`
}

/** One chown for all files of one owner. */
function owners({ files, current }: ConfigChange): string[] {
  const accounts = files.map(({ path, owner, group }) =>
    accountOf(owner ?? numeric(regular(current[path])?.uid), group ?? numeric(regular(current[path])?.gid)),
  )
  return [...grouped(accounts)].map(([account, names]) => {
    const chown = `chown -- ${quote(account)} ${names}`
    // The root folder's owner is root; who owns it need not be given what he has made.
    const isRoots = account === 'root:root' || account === '0:0'
    return isRoots ? `{ { [ -O / ] && [ -G / ] && [ -G ${incoming} ]; } || ${chown}; }` : chown
  })
}

/** One chmod for all files of one mode. */
function modes({ files, current }: ConfigChange): string[] {
  const wanted = files.map(({ path, mode, source }) => {
    const initial = source.content instanceof Secret ? receivedMode : usualMode
    return mode ?? regular(current[path])?.mode ?? initial
  })
  return [...grouped(wanted.map((mode) => (mode === receivedMode ? undefined : mode)))].map(
    ([mode, names]) => `chmod -- ${mode} ${names}`,
  )
}

/** The staged files by what they are to get, as words. */
function grouped(wishes: readonly (string | undefined)[]): Map<string, string> {
  const groups = Map.groupBy(wishes.entries(), ([, wish]) => wish)
  return new Map(
    [...groups].flatMap(([wish, members]) =>
      wish === undefined ? [] : [[wish, members.map(([index]) => `${incoming}/${index}`).join(' ')]],
    ),
  )
}

/** Lets the command see a copy of the root in which all is switched. */
function judged({ validate, ...change }: ConfigChange): string[] {
  if (validate === undefined) return []
  const folder = quote(change.root)
  const script = `${copyFolder(change.root)} && cd -- ${folder} && ${switchOver(change)} && rm -rf -- ${stagingFolder} || exit 1
cd /
${validate}`
  const message = `validation failed, the files below ${change.root} were left as they were: ${validate}`
  return [`{ ${inPrivate(script)} || { s=$?; echo ${quote(message)} >&2; (exit $s); }; }`]
}

function saved(change: ConfigChange): string[] {
  const there = changedPaths(change).filter((path) => wasThere(change, path))
  return there.length === 0 ? [] : [`cp -a --parents -t ${outgoing} -- ${there.map(below).join(' ')}`]
}

/** Puts everything into its place, each thing in one instant; which folders had to be made is marked. */
function switchOver(change: ConfigChange): string {
  const { files, links, removed } = change
  const folders = removed.filter(({ isFolder }) => isFolder)
  const others = removed.filter(({ isFolder }) => !isFolder)
  return [
    ...newFolders(change).map(
      (path, index) =>
        `{ [ -d ${below(path)} ] || { mkdir -m 0755 -- ${below(path)} && : >${stagingFolder}/made${index}; }; }`,
    ),
    ...files.map(({ path }, index) => `mv -fT -- ${incoming}/${index} ${below(path)}`),
    ...links.map(([path], index) => `mv -fT -- ${incoming}/l${index} ${below(path)}`),
    ...(folders.length > 0 ? [`rm -rf --one-file-system -- ${folders.map(({ path }) => below(path)).join(' ')}`] : []),
    others.length > 0 ? `rm -f -- ${others.map(({ path }) => below(path)).join(' ')}` : ':',
  ].join(' &&\n')
}

function putBack(change: ConfigChange): string {
  const halfRemoved = change.removed.filter(({ isFolder }) => isFolder).map(({ path }) => `rm -rf -- ${below(path)}`)
  const there = changedPaths(change).map((path) =>
    wasThere(change, path) ? `mv -fT -- ${quote(`${outgoing}/${path}`)} ${below(path)}` : `rm -f -- ${below(path)}`,
  )
  const made = newFolders(change).map(
    (path, index) => `if [ -e ${stagingFolder}/made${index} ]; then rmdir -- ${below(path)}; fi`,
  )
  return [
    'r=0',
    ...[...halfRemoved, ...there, ...made.reverse()].map((command) => `{ ${command}; } || r=1`),
    'return $r',
  ].join('\n')
}

function changedPaths({ files, links, removed }: ConfigChange): string[] {
  return [...files.map(({ path }) => path), ...links.map(([path]) => path), ...removed.map(({ path }) => path)]
}

function wasThere({ current, removed }: ConfigChange, path: string): boolean {
  return current[path] !== undefined || removed.some((one) => one.path === path)
}

/** The folders above what is new, those above first. */
function newFolders({ files, links, current }: ConfigChange): string[] {
  const added = [...files.map(({ path }) => path), ...links.map(([path]) => path)].filter((path) => !current[path])
  const parts = added.map((path) => path.split('/').slice(0, -1))
  return [...new Set(parts.flatMap((names) => names.map((_, index) => names.slice(0, index + 1).join('/'))))].sort()
}

function below(path: string): string {
  return quote(`./${path}`)
}

function regular(status: PresentFile | undefined): PresentFile | undefined {
  return status?.kind === 'file' ? status : undefined
}

function numeric(id: number | undefined): string | undefined {
  return id === undefined ? undefined : String(id)
}

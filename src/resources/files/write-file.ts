/** The one way a file gets onto a host: sent beside its place, judged, made durable, and moved over it in one instant. */

import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import type { Action, Content } from '../../plan/action.ts'
import { type Command, sh } from '../../shell/command.ts'
import { quote } from '../../shell/quote.ts'
import { Secret } from '../../shell/secret.ts'
import { type Attributes, accountOf, type CurrentAttributes } from './file-attributes.ts'
import { validateFile } from './validation.ts'

/** A file that is to get into its place. */
export interface Placement extends Attributes {
  /** Where it is to lie; a link there is replaced, not followed. */
  readonly path: string
  /** The file that is there now, whose owner, group and mode are kept where nothing else is desired. */
  readonly current?: CurrentAttributes | undefined
  readonly validate?: string | undefined
  /** Whether the file that is there now is kept as `<path>.<UTC time>.bak`. */
  readonly backup?: boolean | undefined
  /** Whether the file that is there now is overwritten, not replaced. */
  readonly inPlace?: boolean | undefined
  /** The SHA-256 that the file must still have; null if it must still be absent. */
  readonly expected?: string | null | undefined
}

/** A file to be written. */
export interface FileWrite extends Placement {
  readonly content: Content
}

/** The mode of a new file of which nothing is said, unless it holds a secret. */
const usualMode = '0644'
/** What the transport makes a received file. */
const receivedMode = '0600'

/** The actions that write a file. One that fails leaves the host as it was. */
export function* writeFile(write: FileWrite): Iterable<Action> {
  yield { kind: 'receive', path: stagedPath(write.path), content: write.content }
  const isForOwnerAlone = write.content instanceof Secret && !write.mode && !write.current
  yield moveIntoPlace(isForOwnerAlone ? { ...write, mode: receivedMode } : write)
}

/** The command that moves what lies at {@link stagedPath}, mode 0600, into its place; where it fails, that is removed. */
export function moveIntoPlace(write: Placement): Command {
  const staged = stagedPath(write.path)
  const isBackedUp = write.backup === true && write.current !== undefined
  const isOverwritten = write.inPlace === true && write.current !== undefined
  const commands = [
    own(write, staged),
    chmod(write, staged),
    write.current && !isOverwritten && keepExtended(write, staged),
    write.validate && validateFile(write.validate, staged, write.path),
    `sync -- ${quote(staged)}`,
    write.expected !== undefined && unmoved(write.path, write.expected),
    isBackedUp && backUp(write.path, isOverwritten),
    isOverwritten ? overwrite(write, staged) : replace(write.path, staged),
  ].filter((command) => typeof command === 'string')
  return {
    kind: 'command',
    script: `${isBackedUp ? 'b=\n' : ''}{ ${commands.join(' &&\n')}; } || { s=$?; rm -f -- ${quote(staged)}${isBackedUp ? ' "$b"' : ''}; exit $s; }
sync -- ${quote(posix.dirname(write.path))}`,
  }
}

const longestName = 255
const suffix = '.foobar-deploy'

/** Where a file is received: the same name each time, so that what a killed run left is overwritten by the next. */
export function stagedPath(path: string): string {
  const name = posix.basename(path)
  const fits = Buffer.byteLength(name) + suffix.length + 1 <= longestName
  const stem = fits ? name : createHash('sha256').update(name).digest('hex')
  return posix.join(posix.dirname(path), `.${stem}${suffix}`)
}

/** Makes an empty file of its own, so that a link that somebody puts there at the last moment is not followed. */
export function makeStaged(path: string): Command {
  const staged = stagedPath(path)
  return sh`rm -f -- ${staged} && dd if=/dev/null ${`of=${staged}`} conv=excl status=none`
}

/** Gives the staged file its owner; the shell's own tests spare the process where it has it already. */
function own({ path, owner, group, current }: Placement, staged: string): string | undefined {
  const account = accountOf(owner ?? numeric(current?.uid), group ?? numeric(current?.gid))
  if (account === undefined) return undefined
  const kept = current && (owner ?? current.owner) === current.owner && (group ?? current.group) === current.group
  // Whoever owns the root folder is root, in every container too.
  const like = kept ? path : account === 'root:root' ? '/' : undefined
  const chown = `chown -- ${quote(account)} ${quote(staged)}`
  if (!like) return chown
  return `{ { [ -O ${quote(like)} ] && [ -G ${quote(like)} ] && [ -G ${quote(staged)} ]; } || ${chown}; }`
}

function chmod({ mode, current }: Placement, staged: string): string | undefined {
  const wanted = wantedMode({ mode, current })
  return wanted === receivedMode ? undefined : `chmod -- ${wanted} ${quote(staged)}`
}

function wantedMode({ mode, current }: Pick<Placement, 'mode' | 'current'>): string {
  return mode ?? current?.mode ?? usualMode
}

/**
 * Gives the staged file the access control list and the extended attributes of the file that is there. cp sets a list together
 * with the mode of the old file, which may let others read. So an empty file gets both first, then the mode that is wanted.
 */
function keepExtended(write: Placement, staged: string): string {
  const path = quote(write.path)
  const model = quote(stagedPath(`${write.path}.acl`))
  return `case $(ls -ld -- ${path}) in ??????????+*)
  { cp --attributes-only --preserve=mode --remove-destination -T -- ${path} ${model} && chmod -- ${wantedMode(write)} ${model} &&
  cp --attributes-only --preserve=mode -T -- ${model} ${quote(staged)} && rm -f -- ${model}; } || { rm -f -- ${model}; false; } ;;
esac &&
cp --attributes-only --preserve=xattr -T -- ${path} ${quote(staged)}`
}

/**
 * Keeps the file under a second name, which takes no space and is there at once; where it can have only one, a copy gets the
 * name when it is whole.
 */
function backUp(path: string, isOverwritten: boolean): string {
  // What is written into a file would be in its second name too.
  const link = isOverwritten ? '' : `ln -fT -- ${quote(path)} "$b" 2>/dev/null || `
  const copy = quote(`${stagedPath(path)}.bak`)
  return `{ b=${quote(`${path}.`)}$(date -u +%Y%m%dT%H%M%SZ).bak && { ${link}{
cp -aT --remove-destination -- ${quote(path)} ${copy} && sync -- ${copy} && mv -fT -- ${copy} "$b"; } || { rm -f -- ${copy}; false; }; }; }`
}

function replace(path: string, staged: string): string {
  const message = `${path} is a mount point, so no other file can take its place; inPlace: true (file, template, download, edits) writes into it`
  // The kernel writes spaces, tabs, line feeds and backslashes as octal numbers.
  const mounted = path.replace(/[ \t\n\\]/g, (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, '0')}`)
  return `{ mv -fT -- ${quote(staged)} ${quote(path)} || {
s=$?; case $(cat /proc/self/mountinfo) in *${quote(` ${mounted} `)}*) echo ${quote(message)} >&2 ;; esac; (exit $s); }; }`
}

/** Writes into the file that is there. It gets its owner and mode first, so that nobody reads what is not for them. */
function overwrite({ path, owner, group, mode, current }: Placement, staged: string): string {
  const account = accountOf(owner, group)
  const wanted = mode ?? (account === undefined ? undefined : current?.mode)
  const commands = [
    account && `chown -- ${quote(account)} ${quote(path)}`,
    wanted && `chmod -- ${wanted} ${quote(path)}`,
    `cat -- ${quote(staged)} >${quote(path)}`,
    `sync -- ${quote(path)}`,
    `rm -f -- ${quote(staged)}`,
  ]
  return commands.filter((command) => command !== undefined).join(' &&\n')
}

function unmoved(path: string, expected: string | null): string {
  const word = quote(path)
  const test =
    expected === null ? `! [ -e ${word} ] && ! [ -L ${word} ]` : `[ "$(sha256sum <${word})" = '${expected}  -' ]`
  const message = `${path} was changed by somebody else while it was being edited; nothing was written, run again`
  return `{ { ${test}; } || { echo ${quote(message)} >&2; false; }; }`
}

function numeric(id: number | undefined): string | undefined {
  return id === undefined ? undefined : String(id)
}

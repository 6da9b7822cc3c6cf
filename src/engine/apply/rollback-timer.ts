/** The scripts of a host's watch over a change: set it, stop it, let it do its work now. */

import { posix } from 'node:path'
import { becameUnsafe, refuseUnsafe } from '../../resources/files/path-safety.query.ts'
import { quote } from '../../shell/quote.ts'
import type { CompiledRevertible } from '../compile/compiled-play.ts'

/** Where a watch keeps what it puts back. */
export interface RollbackTimer {
  /** Its name, unlike any other on the host. */
  readonly name: string
  readonly node: Pick<CompiledRevertible, 'paths' | 'restore' | 'keep' | 'withinMs'>
}

const places = '/var/lib/foobar-deploy/revert'
/** The folder on the host for the copies of what could not be put back. */
export const rescued = '/var/lib/foobar-deploy/not-reverted'
const units = '/etc/systemd/system'

function placeOf({ name }: RollbackTimer): string {
  return quote(`${places}/${name}`)
}

function unitOf({ name }: RollbackTimer): string {
  return `foobar-deploy-revert-${name}`
}

// systemd knows of the file where a boot has read it, or where a task, or what restores, had everything read again.
function forget(watch: RollbackTimer): string {
  const state = `systemctl show -p LoadState --value ${unitOf(watch)}-boot.service 2>/dev/null`
  return `if [ "$(${state})" = loaded ]; then systemctl daemon-reload; fi`
}

// A file that a boot reads, not systemd as it runs: neither writing nor removing it needs a reload.
function bootUnit(watch: RollbackTimer): { file: string; link: string; text: string } {
  const name = `${unitOf(watch)}-boot.service`
  const text = [
    '[Unit]',
    'Description=Reverts a change that foobar-deploy could not confirm before the host went down',
    'After=multi-user.target',
    '[Service]',
    `ExecStart=/bin/sh -c ${quote(`rm -rf -- ${placeOf(watch)}/begun; exec sh ${placeOf(watch)}/revert`)}`,
    '',
  ].join('\n')
  return { file: quote(`${units}/${name}`), link: quote(`${units}/multi-user.target.wants/${name}`), text }
}

const notPutBack = 'not put back: '

/** What {@link rollBackNow} has printed: whether it was done before, and the paths that were left as they are. */
export function readReverted(output: string): { readonly wasBefore: boolean; readonly left: readonly string[] } {
  const lines = output.split('\n')
  const left = lines.filter((line) => line.startsWith(notPutBack)).map((line) => line.slice(notPutBack.length))
  return { wasBefore: lines[0] === 'before', left }
}

// What is put back is written beside its place, so that others must not make names there, which the sticky bit allows.
function refuseUnsafePaths(paths: readonly string[]): string {
  const folders = [...new Set(paths.map((path) => quote(posix.dirname(path))))]
  const sticky = `for x in ${folders.join(' ')}; do if [ -k "$x" ]; then echo "unsafe path: everybody may make names in $x" >&2; exit ${becameUnsafe}; fi; done`
  return `( ${sticky} ) && ${refuseUnsafe(paths.map((path) => ({ path })))}`
}

/** Keeps a copy of the paths, and starts a process that neither a connection nor a controller nor a new boot ends. */
export function startTimer(watch: RollbackTimer): string {
  const { paths, keep, withinMs } = watch.node
  const [place, unit, boot] = [placeOf(watch), unitOf(watch), bootUnit(watch)]
  const wait = `sleep ${Math.ceil(withinMs / 1000)}; exec sh ${place}/revert`
  return [
    ...(paths.length === 0 ? [] : [`${refuseUnsafePaths(paths)} || exit`]),
    'set -e; umask 077',
    `systemctl stop ${unit} 2>/dev/null || :`,
    `rm -rf -- ${place}; mkdir -p -- ${place}/kept`,
    ...paths.map((path, index) => {
      const word = quote(path)
      return `if [ -e ${word} ] || [ -L ${word} ]; then cp -aT -- ${word} ${place}/kept/${index}; fi`
    }),
    ...(keep === undefined ? [] : [`( ${keep}\n) </dev/null >${place}/output 2>/dev/null || :`]),
    `printf %s ${quote(revertScript(watch))} >${place}/revert; sync -f -- ${place}/revert`,
    `if [ -d /run/systemd/system ] && command -v systemd-run >/dev/null; then`,
    `  mkdir -p -- ${units}/multi-user.target.wants; printf %s ${quote(boot.text)} >${boot.file}`,
    `  ln -sfn -- ${boot.file} ${boot.link}; sync -f -- ${boot.file}`,
    `  systemd-run --quiet --collect --unit=${unit} sh -c ${quote(wait)}`,
    `else setsid sh -c ${quote(wait)} </dev/null >/dev/null 2>&1 & fi`,
  ].join('\n')
}

/** Ends the watch and forgets the copies; prints `reverted` and fails where the host was faster. */
export function stopTimer(watch: RollbackTimer): string {
  const [place, boot] = [placeOf(watch), bootUnit(watch)]
  return [
    `mkdir -- ${place}/begun 2>/dev/null || { echo reverted; exit 1; }`,
    `rm -f -- ${place}/revert ${boot.link} ${boot.file}`,
    forget(watch),
    `systemctl stop ${unitOf(watch)} 2>/dev/null`,
    `rm -rf -- ${place}; sync -f -- ${places}`,
  ].join('\n')
}

/** Reverts at once, or waits for the end of what the host has begun; prints `now`, or `before` where it was done already. */
export function rollBackNow(watch: RollbackTimer): string {
  const place = placeOf(watch)
  return [
    `if [ -d ${place} ] && [ ! -d ${place}/begun ]; then echo now; else echo before; fi`,
    `if [ -d ${place} ]; then sh ${place}/revert; fi`,
    `i=0; while [ -d ${place} ]; do i=$((i+1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done`,
    `systemctl stop ${unitOf(watch)} 2>/dev/null; exit 0`,
  ].join('\n')
}

// The folder `begun` is made by whoever is first, so that it is either stopped or done, and done once. What is put back is
// complete beside its place before what is there goes, so that no power cut leaves neither. A path that cannot be put back
// keeps none of the others from it.
function revertScript(watch: RollbackTimer): string {
  const [place, boot] = [placeOf(watch), bootUnit(watch)]
  const { paths, restore, keep } = watch.node
  const copies = quote(`${rescued}/${watch.name}`)
  return [
    `mkdir -- ${place}/begun 2>/dev/null || exit 0`,
    'cd /; bad=',
    ...paths.map((path, index) => putBack(path, `${place}/kept/${index}`)),
    'sync',
    `( ${restore}\n) <${keep === undefined ? '/dev/null' : `${place}/output`}`,
    `rm -f -- ${boot.link} ${boot.file}`,
    forget(watch),
    `if [ -n "$bad" ]; then (umask 077; mkdir -p -- ${rescued}); mv -T -- ${place}/kept ${copies}; fi`,
    `rm -rf -- ${place}`,
  ].join('\n')
}

function putBack(path: string, kept: string): string {
  const [word, fresh, old] = [quote(path), quote(`${path}.foobar-deploy-kept`), quote(`${path}.foobar-deploy-old`)]
  const isFolder = (at: string) => `{ [ -d ${at} ] && [ ! -L ${at} ]; }`
  return [
    'if',
    refuseUnsafePaths([path]),
    'then',
    `rm -rf -- ${fresh} ${old}`,
    `if [ ! -e ${kept} ] && [ ! -L ${kept} ]; then rm -rf -- ${word}`,
    `elif cp -aT --remove-destination -- ${kept} ${fresh} && sync -f -- ${quote(posix.dirname(path))}; then`,
    // A file is replaced in one instant; a folder cannot be.
    `  if ${isFolder(word)} || ${isFolder(fresh)}; then mv -T -- ${word} ${old} 2>/dev/null; fi`,
    `  mv -fT -- ${fresh} ${word} || cp -aT --remove-destination -- ${kept} ${word} || { mv -T -- ${old} ${word}; false; }`,
    'else false; fi',
    `s=$?; rm -rf -- ${fresh}; if [ $s = 0 ]; then rm -rf -- ${old}; fi`,
    'else s=1; fi',
    `if [ $s != 0 ]; then bad=yes; printf '%s\\n' ${quote(`${notPutBack}${path}`)}; fi`,
  ].join('\n')
}

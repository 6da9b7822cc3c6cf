/** The commands that put a certificate and what belongs to it into their places: all are ready before the first is moved. */

import { posix } from 'node:path'
import type { Action } from '../../plan/action.ts'
import { quote } from '../../shell/quote.ts'
import type { Secret } from '../../shell/secret.ts'
import { makeStaged, stagedPath } from '../files/write-file.ts'

/** A file to be written. */
export interface CertificateFile {
  readonly path: string
  readonly mode: string
  /** What it holds: text, or files of the host one after the other, of which some are written too. */
  readonly content: string | Secret<string> | { readonly of: readonly string[] }
}

/** Writes all of them, or none; if moving breaks off midway, the next run finds that they do not belong together. */
export function* writeCertificateFiles(files: readonly CertificateFile[], account: string): Iterable<Action> {
  const written = files.map(({ path }) => path)
  const made: string[] = []
  for (const { path, content } of files) {
    const staged = stagedPath(path)
    if (typeof content === 'string' || !('of' in content)) yield { kind: 'receive', path: staged, content }
    else {
      const parts = content.of.map((part) => quote(written.includes(part) ? stagedPath(part) : part))
      made.push(makeStaged(path).script, `cat -- ${parts.join(' ')} >${quote(staged)}`)
    }
  }
  const staged = files.map(({ path }) => quote(stagedPath(path))).join(' ')
  const folders = [...new Set(written.map((path) => quote(posix.dirname(path))))].join(' ')
  const modes = Map.groupBy(files, ({ mode }) => mode)
  const commands = [
    'umask 077',
    ...made,
    `chown -- ${quote(account)} ${staged}`,
    ...[...modes].map(
      ([mode, same]) => `chmod -- ${mode} ${same.map(({ path }) => quote(stagedPath(path))).join(' ')}`,
    ),
    `sync -- ${staged}`,
    ...written.map((path) => `mv -fT -- ${quote(stagedPath(path))} ${quote(path)}`),
  ]
  yield {
    kind: 'command',
    script: `{ ${commands.join(' &&\n')}; } || { s=$?; rm -f -- ${staged}; exit $s; }
sync -- ${folders}`,
  }
}

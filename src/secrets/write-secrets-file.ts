/** Writes secrets files: in one instant, and not over what somebody else wrote meanwhile. */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { type SecretsFile, secretsFileText, type UnsealedFile } from './secrets-file.ts'

/** Writes `file` in place of `previous`; null where there is to be none. */
export function writeSecretsFile(path: string, file: SecretsFile, previous: SecretsFile | UnsealedFile | null): void {
  // One name, so that it is a lock too: who has made it writes, and the renaming gives it back.
  const staged = `${path}.new`
  const descriptor = lock(path, staged)
  try {
    try {
      writeSync(descriptor, secretsFileText(file))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    refuseMoved(path, previous)
    renameSync(staged, path)
  } catch (cause) {
    rmSync(staged, { force: true })
    throw cause instanceof FoobarDeployError ? cause : unwritable(cause)
  }
}

function lock(path: string, staged: string): number {
  try {
    return openSync(staged, 'wx', 0o644)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(cause)
    throw new FoobarDeployError('environment', 'secrets-file-locked', 'The secrets file is being written', {
      detail: `${path}: there is ${staged}`,
      hint: 'Nothing was written. Do it again; if nobody else is at it, something was killed there: remove that file.',
    })
  }
}

function unwritable(cause: unknown): FoobarDeployError {
  return new FoobarDeployError('environment', 'secrets-file-unwritable', 'The secrets file cannot be written', {
    detail: messageOf(cause),
    cause,
  })
}

function refuseMoved(path: string, previous: SecretsFile | UnsealedFile | null): void {
  if (textOf(path) === (previous && secretsFileText(previous))) return
  throw new FoobarDeployError('environment', 'secrets-file-moved', 'The secrets file was changed meanwhile', {
    detail: path,
    hint: 'Nothing was written. Try again.',
  })
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw cause
  }
}

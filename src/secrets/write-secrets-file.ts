/** Writes secrets files: in one instant, and not over what somebody else wrote meanwhile. */

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { type SecretsFile, secretsFileText } from './secrets-file.ts'

/** Writes `file` in place of `previous`; null where there is to be none. */
export function writeSecretsFile(path: string, file: SecretsFile, previous: SecretsFile | null): void {
  const staged = `${path}.${Date.now().toString(36)}.new`
  try {
    const descriptor = openSync(staged, 'wx', 0o644)
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
    if (cause instanceof FoobarDeployError) throw cause
    throw new FoobarDeployError('environment', 'secrets-file-unwritable', 'The secrets file cannot be written', {
      detail: messageOf(cause),
      cause,
    })
  }
}

function refuseMoved(path: string, previous: SecretsFile | null): void {
  if (textOf(path) === (previous && secretsFileText(previous))) return
  throw new FoobarDeployError('environment', 'secrets-file-moved', 'The secrets file was changed meanwhile', {
    detail: path,
    hint: 'Nothing was written. Do it again.',
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

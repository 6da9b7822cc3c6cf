/** `secrets edit`: a value in the user's editor, in a file that only they can read, in memory where there is a way. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { FoobarDeployError } from '../../errors.ts'
import { withoutLineEnd } from '../../secrets/line-end.ts'
import { secretsPath } from '../../secrets/secrets-file.ts'
import { openVault, valueIn, withValue } from '../../secrets/vault.ts'
import { writeSecretsFile } from '../../secrets/write-secrets-file.ts'
import { write } from '../terminal.ts'
import { processEnvironment } from './process-environment.ts'

/** Lets the user edit the value of a secret, or write that of a new one. */
export async function editSecret(inventory: string, name: string): Promise<void> {
  const vault = await openVault(secretsPath(inventory), processEnvironment())
  const before = Object.hasOwn(vault.file.values, name) ? await valueIn(vault, name) : ''
  const after = withoutLineEnd(await edited(before))
  if (after === withoutLineEnd(before)) {
    write(`${name} is as it was\n`)
    return
  }
  writeSecretsFile(vault.path, await withValue(vault, name, after), vault.file)
  write(`${name} is ${before === '' ? 'set' : 'changed'} in ${vault.path}\n`)
}

async function edited(text: string): Promise<string> {
  const folder = mkdtempSync(join(memoryFolder(), 'foobar-deploy-edit-'))
  const file = join(folder, 'secret')
  const shred = () => shredFolder(folder)
  const leave = () => process.exit(130)
  // The editor deals with Ctrl-C itself.
  const stay = () => {}
  process.on('exit', shred).on('SIGTERM', leave).on('SIGHUP', leave).on('SIGINT', stay)
  try {
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 })
    await runEditor(file)
    return readFileSync(file, 'utf8')
  } finally {
    shred()
    process.off('exit', shred).off('SIGTERM', leave).off('SIGHUP', leave).off('SIGINT', stay)
  }
}

function runEditor(file: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi'
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn('sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' })
  const failed = (how: string) =>
    new FoobarDeployError('environment', 'editor-failed', 'The editor failed; the secret is unchanged', {
      detail: `${editor}: ${how}`,
      hint: 'The variable EDITOR of the environment names another.',
    })
  child.on('error', (cause) => reject(failed(cause.message)))
  child.on('close', (status, signal) => (status === 0 ? resolve() : reject(failed(signal ?? `exit status ${status}`))))
  return promise
}

const tmpfs = 0x01021994

/** A folder whose files are in memory alone, where there is one. */
function memoryFolder(): string {
  return [process.env.XDG_RUNTIME_DIR ?? '', '/dev/shm'].find(isMemory) ?? tmpdir()
}

function isMemory(path: string): boolean {
  try {
    return statfsSync(path).type === tmpfs
  } catch {
    return false
  }
}

// What editors leave beside the file (backups, undo, swap) goes with it.
function shredFolder(folder: string): void {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isFile()) writeFileSync(path, Buffer.alloc(stats.size), { flag: 'r+' })
  }
  rmSync(folder, { recursive: true, force: true })
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

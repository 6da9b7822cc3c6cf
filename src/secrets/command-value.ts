/** Values that a command of this machine prints. */

import { spawn } from 'node:child_process'
import { FoobarDeployError } from '../errors.ts'
import { withoutLineEnd } from './line-end.ts'

/** What the command prints, without the line end after a single line. It may ask on the terminal. */
export async function commandValue(command: readonly string[]): Promise<string> {
  const [program = '', ...args] = command
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk
  })
  child.on('error', (cause) => reject(failed(command, cause.message)))
  child.on('close', (status, signal) => {
    if (status === 0) resolve(withoutLineEnd(Buffer.concat(chunks).toString()))
    else reject(failed(command, `${signal ?? `exit status ${status}`}: ${complaint.trim()}`))
  })
  return promise
}

function failed(command: readonly string[], how: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'secret-command-failed', 'A command that prints a secret failed', {
    detail: `${command.join(' ')}: ${how}`,
    hint: 'Run it yourself; it may want you to sign in.',
  })
}

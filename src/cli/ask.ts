/** Asks on the terminal: for a secret, without showing what is typed, or for a line. */

import { closeSync, openSync } from 'node:fs'
import { ReadStream, WriteStream } from 'node:tty'
import { FoobarDeployError } from '../errors.ts'

const enter = ['\r', '\n', '\x04']
const interrupt = '\x03'
const erase = ['\x7f', '\b']

/** What was typed after `question`, up to Enter. Ctrl-C is the `interrupted` error. */
export async function askSecret(question: string): Promise<string> {
  const terminal = openTerminal(question)
  const input = new ReadStream(terminal.input)
  const output = new WriteStream(terminal.output)
  input.setRawMode(true)
  output.write(question)
  try {
    return await readLine(input)
  } finally {
    input.setRawMode(false)
    output.write('\n')
    input.destroy()
    output.destroy()
  }
}

/** The line that was typed after `question`, trimmed. Rejects with the `interrupted` error when `stop` is aborted. */
export async function askLine(question: string, stop: AbortSignal): Promise<string> {
  const terminal = openTerminal(question)
  const input = new ReadStream(terminal.input)
  const output = new WriteStream(terminal.output)
  try {
    output.write(question)
    return await readCookedLine(input, stop)
  } catch (thrown) {
    output.write('\n')
    throw thrown
  } finally {
    input.destroy()
    output.destroy()
  }
}

/** Whether there is a terminal to ask on. */
export function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

// Here the terminal itself edits the line, and makes Ctrl-C the signal that a run listens to.
function readCookedLine(input: ReadStream, stop: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const give = () => reject(interrupted())
    stop.addEventListener('abort', give, { once: true })
    if (stop.aborted) give()
    let typed = ''
    input.setEncoding('utf8')
    input.on('error', reject)
    input.on('end', give)
    input.on('data', (chunk: string) => {
      typed += chunk
      if (typed.includes('\n')) resolve(typed.trim())
    })
  })
}

function readLine(input: ReadStream): Promise<string> {
  return new Promise((resolve, reject) => {
    const typed: string[] = []
    input.setEncoding('utf8')
    input.on('error', reject)
    input.on('end', () => resolve(typed.join('')))
    input.on('data', (chunk: string) => {
      for (const character of chunk) {
        if (character === interrupt) return reject(interrupted())
        if (enter.includes(character)) return resolve(typed.join(''))
        if (erase.includes(character)) typed.pop()
        else if (character >= ' ') typed.push(character)
      }
    })
  })
}

function interrupted(): FoobarDeployError {
  return new FoobarDeployError('interrupted', 'prompt-interrupted', 'Interrupted at a prompt')
}

/** The controlling terminal itself, so that a redirected input or output does not matter. */
function openTerminal(question: string): { input: number; output: number } {
  let input: number | undefined
  try {
    input = openSync('/dev/tty', 'r')
    return { input, output: openSync('/dev/tty', 'w') }
  } catch (cause) {
    if (input !== undefined) closeSync(input)
    throw new FoobarDeployError('usage', 'no-terminal', 'A question needs a terminal', {
      detail: question.trim().replace(/:$/, ''),
      hint: 'Use an ssh-agent or a key without passphrase, or give the password in the inventory as a secret.',
      cause,
    })
  }
}

/** Carries out actions on this machine as the engine does on a host: what is received first, then the command. */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from 'foobar-deploy'
import type { Action, Content, Receive } from '../../src/plan/action.ts'
import type { Command } from '../../src/shell/command.ts'
import { runScript, temporaryFolder } from './run-script.ts'

/** What the first command that fails says, or what the last one says. */
export function carryOut(actions: Iterable<Action>, before = ''): { status: number; said: string } {
  let result = { status: 0, said: '' }
  for (const action of actions) {
    if (action.kind === 'receive') receive(action.path, atHand(action.content))
    else {
      const { status, stdout, stderr } = runScript(withInputOf(action), before)
      result = { status, said: `${stdout}${stderr}` }
      if (status !== 0) return result
    }
  }
  return result
}

/** The script with what it is to read as its input. */
function withInputOf({ script, input }: Command): string {
  if (input === undefined) return script
  const file = join(temporaryFolder(), 'input')
  receive(file, input)
  return `(\n${script}\n) <'${file}'`
}

/** Content that need not be made first. */
export function atHand(content: Receive['content']): Content {
  if (typeof content === 'object' && 'make' in content) throw new TypeError('this content is made by the engine')
  return content
}

function receive(path: string, content: Content): void {
  if (existsSync(path)) rmSync(path)
  writeFileSync(path, bytesOf(content), { mode: 0o600, flag: 'wx' })
}

function bytesOf(content: Content): string | Uint8Array {
  if (content instanceof Secret) return content.reveal()
  return typeof content === 'object' && 'file' in content ? readFileSync(content.file) : content
}

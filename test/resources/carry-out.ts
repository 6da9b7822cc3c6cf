/** Carries out actions on this machine as the engine does on a host: as an operation of the loop, on a real sh. */

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from 'foobar-deploy'
import type { Action, Content, Receive } from '../../src/plan/action.ts'
import { bootstrapCommand, farewell } from '../../src/protocol/bootstrap.ts'
import { Decoder } from '../../src/protocol/decoder.ts'
import { encodeMessage, endOfContent } from '../../src/protocol/message.ts'
import type { Section, SectionResult } from '../../src/protocol/section.ts'
import { quote } from '../../src/shell/quote.ts'
import { temporaryFolder } from './run-script.ts'

/** What the first action that fails says, or what the last command says. `before` is put before each. */
export function carryOut(actions: Iterable<Action>, before = ''): { status: number; said: string } {
  let result = { status: 0, said: '' }
  const sections = [...actions].map((action) => sectionOf(action, before))
  for (const [index, { status = 0, stdout }] of operate(sections).entries()) {
    if (status !== 0) return { status, said: stdout.toString() }
    if (sections[index]?.kind === 'run') result = { status, said: stdout.toString() }
  }
  return result
}

function sectionOf(action: Action, before: string): Section {
  if (action.kind === 'receive') return { kind: 'receive', path: action.path, content: atHand(action.content) }
  const { script, input } = action
  return { kind: 'run', script: `${before}\n${script}`, ...(input === undefined ? {} : { input }) }
}

/** The results of an operation. */
function operate(sections: readonly Section[]): SectionResult[] {
  if (sections.length === 0) return []
  const mark = randomBytes(16).toString('hex')
  const ready = randomBytes(16).toString('hex')
  const results: SectionResult[] = []
  const decoder = new Decoder(mark, { section: (result) => results.push(result) })
  decoder.expect([undefined, ...sections].map(() => ({ left: Number.POSITIVE_INFINITY, isWhole: true })))
  const { head, contents } = encodeMessage(sections, '1')
  const lines = Buffer.from(`${mark}\nD=${quote(join(temporaryFolder(), 'run'))}\n`)
  const bytes = contents.flatMap((content) => [Buffer.from(bytesOf(content)), endOfContent])
  const command = bootstrapCommand({ user: undefined, passwordPrompt: undefined, readOnly: false, ready })
  const { stdout, stderr, error } = spawnSync('sh', ['-c', command], {
    input: Buffer.concat([lines, head, ...bytes, farewell]),
    maxBuffer: 1 << 30,
  })
  if (error) throw error
  decoder.push('stdout', stdout)
  decoder.push('stderr', stderr)
  const [, ...answers] = results
  if (answers.length !== sections.length) throw new Error(`the shell ended early: ${stderr}`)
  return answers
}

/** Content that need not be made first. */
export function atHand(content: Receive['content']): Content {
  if (typeof content === 'object' && 'make' in content) throw new TypeError('this content is made by the engine')
  return content
}

function bytesOf(content: Content): string | Uint8Array {
  if (content instanceof Secret) return content.reveal()
  return typeof content === 'object' && 'file' in content ? readFileSync(content.file) : content
}

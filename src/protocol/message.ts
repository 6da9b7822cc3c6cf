/** Messages: an exchange as the bytes that go to the loop on the host. */

import type { Content } from '../plan/action.ts'
import { quote } from '../shell/quote.ts'
import { Secret } from '../shell/secret.ts'
import type { ReceiveSection, RunSection, Section } from './section.ts'

/** A message: its text, and the contents that follow it, each ended by {@link endOfContent}. */
export interface Message {
  readonly head: Buffer
  readonly contents: readonly Content[]
}

/** Follows each content, so that the host can tell a whole one from one that a lost connection cut. */
export const endOfContent = Buffer.from('END\n')

/** The status of a section whose content did not arrive whole. */
export const contentCut = 75

/** The status of a section that was not run because its chain had failed. */
export const notRun = '-'

/** The message for `sections`. `operation` names a message that changes something, for finding out how it ended. */
export function encodeMessage(sections: readonly Section[], operation?: string): Message {
  const contents: Content[] = []
  const parts = sections.map((section) => encodeSection(section, contents))
  const text = operation === undefined ? parts.join('\n') : [begin(operation), ...parts, end].join('\n')
  const script = Buffer.from(text)
  return { head: Buffer.concat([Buffer.from(`${script.length}\n`), script]), contents }
}

function encodeSection(section: Section, contents: Content[]): string {
  switch (section.kind) {
    case 'read':
      return `( eval ${quote(section.script)} ) </dev/null 9>&-; e $?`
    case 'session':
      return `${section.script}\ne $?`
    case 'receive':
      contents.push(section.content)
      return chained(receive(section.path, section.content))
    case 'run': {
      if (section.input === undefined) return chained(run(section, '/dev/null'))
      contents.push(section.input)
      return chained(`${receive('$D/input', section.input, '"$D/input"')}\n${run(section, '"$D/input"')}`)
    }
  }
}

/** The number of bytes of `content`. */
export function contentLength(content: Content): number {
  const plain = content instanceof Secret ? content.reveal() : content
  if (typeof plain === 'string') return Buffer.byteLength(plain)
  return plain instanceof Uint8Array ? plain.length : plain.size
}

// The record of the operation: `operation` says which was begun, `status` how it ended, `log` what it printed.
function begin(operation: string): string {
  return [
    'C=1; f=0; [ -d "$D" ] || mkdir -p -m 700 -- "$D"',
    `: >"$D/status"; : >"$D/steps"; : >"$D/log"; echo $$ >"$D/shell"; echo ${quote(operation)} >"$D/operation"`,
  ].join('\n')
}

const end = 'echo "$f" >"$D/status"'

// A link reports its own status where it ran, and that it did not run where the chain had failed before it.
function chained(link: string): string {
  return `p=$f\n${link}\nif [ "$p" = 0 ]; then e "$f"; else e ${notRun}; fi\necho "$f" >>"$D/steps"`
}

function run({ script, timeoutMs }: RunSection, input: string): string {
  const limited = `printf %s ${quote(script)} >"$D/script"; timeout -k 10 ${(timeoutMs ?? 0) / 1000} sh "$D/script"`
  const command = timeoutMs === undefined ? `( eval ${quote(script)} )` : `( ${limited} )`
  // The status comes by a pipe of its own: a file for it could not be written where the disk is full.
  const told = `{ ${command} <${input} 2>&1 9>&- 3>&- 4>&-; echo $? >&3; } | tee -a -p -- "$D/log" >&4 3>&-`
  return `if [ "$f" = 0 ]; then { f=$( { ${told}; } 3>&1 ); } 4>&1; fi`
}

function receive(path: string, content: ReceiveSection['content'], word = quote(path)): string {
  const length = contentLength(content)
  // What a killed run left is removed; then the file must be a new one, so that nobody's link is followed.
  const left = `if [ -e ${word} ] || [ -L ${word} ]; then rm -f -- ${word}; fi`
  const store = `( ${left}; umask 077; set -C; cat >${word} ) 2>&1`
  return [
    `head -c ${length} | { if [ "$f" = 0 ]; then ${store} || { s=$?; cat >/dev/null; exit $s; }; else cat >/dev/null; fi; }`,
    's=$?; t=; IFS= read -r t',
    `if [ "$t" != END ]; then s=${contentCut}; fi`,
    `if [ "$f" = 0 ] && [ "$s" != 0 ]; then f=$s; rm -f -- ${word}; fi`,
  ].join('\n')
}

/** Messages: a round trip as the bytes that go to the loop on the host. */

import type { Content } from '../plan/action.ts'
import { quote } from '../shell/quote.ts'
import { Secret } from '../shell/secret.ts'
import { keepingLog } from './operation-log.ts'
import type { ReceiveSection, RunSection, Section } from './section.ts'

/** A message: its text, and the contents that follow it, each ended by {@link endOfContent}. */
export interface Message {
  readonly head: Buffer
  readonly contents: readonly Content[]
}

/** Follows each content, so that the host can tell a whole one from one that a lost connection cut. */
export const endOfContent = Buffer.from('END\n')

/** Ends the text of a message, so that the host can tell a whole one. */
export const endOfText = '# end of the message'

/** The status of a section whose content did not arrive whole. */
export const contentCut = 75

/** The status of a section that was not run because its chain had failed. */
export const notRun = '-'

/** The message for `sections`. `operation` names a message that changes something, for finding out how it ended. */
export function encodeMessage(sections: readonly Section[], operation?: string): Message {
  const contents: Content[] = []
  const parts: string[] = operation === undefined ? [] : [begin(operation)]
  const first = sections.findIndex((section) => !isLink(section))
  const links = sections.slice(0, operation === undefined ? 0 : first < 0 ? sections.length : first)
  if (operation !== undefined) {
    parts.push(keepingLog(links.map((section) => encodeSection(section, contents)).join('\n')), end(operation))
  }
  for (const section of sections.slice(links.length)) {
    if (isLink(section)) throw new TypeError('What changes the host comes first in an operation')
    parts.push(encodeSection(section, contents))
  }
  const script = Buffer.from([...parts, endOfText].join('\n'))
  return { head: Buffer.concat([Buffer.from(`${script.length}\n`), script]), contents }
}

function isLink({ kind }: Section): boolean {
  return kind === 'run' || kind === 'receive'
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
    case 'run':
      if (section.input === undefined) return chained(run(section, '</dev/null'))
      contents.push(section.input)
      return chained(runWithInput(section, section.input))
  }
}

/** The number of bytes of `content`. */
export function contentLength(content: Content): number {
  const plain = content instanceof Secret ? content.reveal() : content
  if (typeof plain === 'string') return Buffer.byteLength(plain)
  return plain instanceof Uint8Array ? plain.length : plain.size
}

// The record of the operation: a file of its name with the shell, and beside it how it ended. `shell` and `chain` name the
// shell and the part of it that does the work, by process, start and boot, and say whether they are at work. The file must be a new one: whoever comes back after a lost connection makes it, to keep out a
// message that is still on its way, and a folder that is gone belongs to a later run. Without a record nothing is done.
function begin(operation: string): string {
  return [
    'C=1; [ -d "$D" ] || mkdir -m 700 -- "$D"; set -C',
    `t $$; if { echo "$$ $T $B" >"$D/${operation}"; } 2>/dev/null; then set +C; echo "$$ $T $B busy" >"$D/shell"`,
    `else echo "the record $D/${operation} could not be made" >&2; exit 73; fi`,
  ].join('\n')
}

function end(operation: string): string {
  return `echo "$f" >"$D/${operation}.status"; echo "$$ $T $B idle" >"$D/shell"`
}

// A link reports its own status where it ran, and that it did not run where the chain had failed before it.
function chained(link: string): string {
  return `p=$f\n${link}\nif [ "$p" = 0 ]; then e "$f"; else e ${notRun}; fi`
}

function run({ script, timeoutMs }: RunSection, input: string): string {
  // The chain ignores a hang-up and a closed pipe; commands do as usual.
  const usual = 'trap - PIPE HUP'
  const limited = `${usual}; printf %s ${quote(script)} >"$D/script"; timeout -k 10 ${(timeoutMs ?? 0) / 1000} sh "$D/script"`
  const command = timeoutMs === undefined ? `( ${usual}; eval ${quote(script)} )` : `( ${limited} )`
  return `if [ "$f" = 0 ]; then ${command} ${input} 2>&1 9>&-; f=$?; fi`
}

// The input is stored whole before the command starts, in a file that has no name any more when the first byte of it
// comes. So nothing of it can stay behind.
function runWithInput(section: RunSection, input: Content): string {
  return [
    'umask 077; { command exec 7>"$D/input" 8<"$D/input" || f=74; } 2>&1; umask 022',
    'rm -f -- "$D/input"',
    take(input, 'cat >&7 2>&1', ':'),
    run(section, '<&8 7>&- 8>&-'),
    'exec 7>&- 8>&-',
  ].join('\n')
}

function receive(path: string, content: ReceiveSection['content']): string {
  const word = quote(path)
  // What a killed run left is removed; then the file must be a new one, so that nobody's link is followed.
  const left = `if [ -e ${word} ] || [ -L ${word} ]; then rm -f -- ${word}; fi`
  // Not noclobber: that opens a pipe which somebody puts there in between.
  const store = `( ${left}; umask 077; dd of=${word} conv=excl bs=64K iflag=fullblock status=none ) 2>&1`
  return take(content, store, `rm -f -- ${word}`)
}

// A large content is taken in parts, so that the watch over the lease sees that it comes.
const smallestPart = 64 * 1024
const mostParts = 64

function taken(bytes: number): string {
  const part = Math.max(smallestPart, Math.ceil(bytes / mostParts))
  if (bytes <= part) return `head -c ${bytes}`
  return `{ i=${bytes}; while [ "$i" -gt 0 ]; do c=${part}; [ "$i" -ge "$c" ] || c=$i; head -c "$c"; i=$((i-c)); b content; done; }`
}

// Takes the content off the wire in any case, because the next message comes right after it.
function take(content: Content, store: string, undo: string): string {
  return [
    `b content; ${taken(contentLength(content))} | { if [ "$f" = 0 ]; then ${store} || { s=$?; cat >/dev/null; exit $s; }; else cat >/dev/null; fi; }`,
    's=$?; t=; IFS= read -r t; b busy',
    `if [ "$t" != END ]; then s=${contentCut}; fi`,
    `if [ "$f" = 0 ] && [ "$s" != 0 ]; then f=$s; ${undo}; fi`,
  ].join('\n')
}

/** Output of tasks while it comes: whole lines, because a secret can be masked only where it is whole. */

import { StringDecoder } from 'node:string_decoder'
import type { Stream } from '../../protocol/decoder.ts'
import { redact } from '../../shell/secret.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import type { Chain } from './chain.ts'

const defaultLineLimit = 10_000
// A secret is masked before a line is cut, so this much more of the line is held.
const longestSecret = 64 * 1024

/** Tells the output of a chain's steps line by line; {@link end} gives what is left. */
export function outputLines(host: HostRun, chain: Chain) {
  const limit = host.link.target.settings.lineLimit
  let decoder = new StringDecoder('utf8')
  let owner: CompiledTask | undefined
  let lines = cutLines(limit)
  const tell = (text: string) => {
    if (owner && text !== '') {
      host.shared.emit({ type: 'task-output', host: host.name, task: owner.reference, text })
    }
  }
  const end = () => {
    tell(lines.add(decoder.end()) + lines.end())
    lines = cutLines(limit)
    decoder = new StringDecoder('utf8')
  }
  const push = (section: number, _stream: Stream, chunk: Buffer) => {
    const next = chain.ownerOf(section)?.compiled
    if (next !== owner) end()
    owner = next
    tell(lines.add(decoder.write(chunk)))
  }
  return { push, end }
}

/** Gives the lines of a text that comes in pieces, masked and then cut to `limit` characters. */
export function cutLines(limit = defaultLineLimit) {
  // The line under way: pieces, so that a long one is not copied with each of them.
  let open: string[] = []
  let length = 0
  const flush = (): string => {
    const line = open.join('')
    const isLong = length > limit
    open = []
    length = 0
    return isLong ? `${redact(line).slice(0, limit)}… [the line is longer]` : line
  }
  const take = (piece: string) => {
    if (length <= limit + longestSecret) open.push(piece)
    length += piece.length
  }
  return {
    /** The whole lines, with their ends, that `text` completes. A carriage return ends one too. */
    add(text: string): string {
      const whole: string[] = []
      let start = 0
      const takeLine = (end: number) => {
        take(text.slice(start, end))
        whole.push(flush(), text.charAt(end))
        start = end + 1
      }
      const first = firstEnd(text, 0)
      if (first >= 0) takeLine(first)
      // Many lines come at once as a rule, and none of them is too long.
      const last = lastEnd(text, text.length)
      if (first < last && !hasLongLine(text, start, limit)) {
        whole.push(text.slice(start, last + 1))
        start = last + 1
      }
      for (let end = firstEnd(text, start); end >= 0; end = firstEnd(text, start)) takeLine(end)
      take(text.slice(start))
      return redact(whole.join(''))
    },
    /** What is left without a line end. */
    end: () => redact(flush()),
  }
}

function firstEnd(text: string, from: number): number {
  const ends = /[\r\n]/g
  ends.lastIndex = from
  return ends.exec(text)?.index ?? -1
}

function lastEnd(text: string, before: number): number {
  return Math.max(text.lastIndexOf('\n', before), text.lastIndexOf('\r', before))
}

function hasLongLine(text: string, from: number, limit: number): boolean {
  for (let at = from; at + limit < text.length; ) {
    const end = lastEnd(text, at + limit)
    if (end < at) return true
    at = end + 1
  }
  return false
}

/** Output of tasks while it comes: whole lines, because a secret can be masked only where it is whole. */

import { StringDecoder } from 'node:string_decoder'
import type { Stream } from '../../protocol/decoder.ts'
import { redact } from '../../shell/secret.ts'
import type { BuiltTask } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import type { Chain } from './chain.ts'

// A program that never ends its line (a progress bar) is shown in pieces of this many characters.
const longestLine = 64 * 1024

/** Tells the output of a chain's steps line by line; {@link end} gives what is left. */
export function outputLines(host: HostRun, chain: Chain) {
  let decoder = new StringDecoder('utf8')
  let owner: BuiltTask | undefined
  let open = ''
  const tell = (text: string) => {
    if (owner && text !== '') {
      host.shared.emit({ type: 'task-output', host: host.name, task: owner.reference, text: redact(text) })
    }
  }
  const end = () => {
    tell(open + decoder.end())
    open = ''
    decoder = new StringDecoder('utf8')
  }
  const push = (section: number, _stream: Stream, chunk: Buffer) => {
    const next = chain.ownerOf(section)?.built
    if (next !== owner) end()
    owner = next
    open += decoder.write(chunk)
    const cut = open.length > longestLine ? open.length : Math.max(open.lastIndexOf('\n'), open.lastIndexOf('\r')) + 1
    tell(open.slice(0, cut))
    open = open.slice(cut)
  }
  return { push, end }
}

/** Keys as ssh2 takes them when signing may have to wait: for an agent, or for a person who types a passphrase. */

import type { BaseAgent, ParsedKey, SigningRequestOptions } from 'ssh2'
import type { SshLibrary } from '../ssh-library.ts'

/** Signs `data` with the private half of `key`. */
export type Sign = (key: ParsedKey, data: Buffer, options: SigningRequestOptions) => Promise<Buffer>

/** An agent for ssh2 that offers `keys` and signs by `sign`. */
export function keyRing({ BaseAgent: Base }: SshLibrary, keys: readonly ParsedKey[], sign: Sign): BaseAgent<ParsedKey> {
  type SignDone = (error?: Error, signature?: Buffer) => void
  return new (class extends Base<ParsedKey> {
    override getIdentities(done: (error: Error | undefined, keys: ParsedKey[]) => void): void {
      done(undefined, [...keys])
    }
    override sign(key: ParsedKey, data: Buffer, options: SigningRequestOptions | SignDone, done?: SignDone): void {
      const [given, finish] = typeof options === 'function' ? [{}, options] : [options, done as SignDone]
      sign(key, data, given).then((signature) => finish(undefined, signature), finish)
    }
  })()
}

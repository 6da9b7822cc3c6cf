/** The keys that an SSH agent holds, in the order in which they are worth offering. */

import type { BaseAgent, ParsedKey } from 'ssh2'
import { messageOf } from '../../errors.ts'
import type { Destination } from '../ssh-config/destination.ts'
import type { SshLibrary } from '../ssh-library.ts'
import { publicKeyBeside } from './identities.ts'
import { keyRing, signBy } from './key-ring.ts'

/** What an agent has to offer for a destination. */
export interface AgentKeys {
  readonly keys: readonly ParsedKey[]
  /** The keys with the agent's signing. */
  readonly ring?: BaseAgent<ParsedKey>
  /** Why the agent cannot be asked. */
  readonly problem?: string
}

/**
 * Asks the agent of `destination`. Keys that are named as identities come first, since servers count every offer; with
 * IdentitiesOnly there are no others.
 */
export async function loadAgentKeys(destination: Destination, library: SshLibrary): Promise<AgentKeys> {
  const { agentSocket, identitiesNamed, identitiesOnly, identityFiles } = destination
  if (!agentSocket) return { keys: [] }
  const agent = unheld(library.createAgent(agentSocket) as BaseAgent<ParsedKey>)
  try {
    const [held, named] = await Promise.all([
      withinLimit(identitiesOf(agent), Math.min(answerWithinMs, destination.connectTimeoutMs / 3)),
      Promise.all(identityFiles.map((file) => publicKeyBeside(file, library.parseKey))),
    ])
    const isNamed = (key: ParsedKey) => named.some((wanted) => wanted?.getPublicSSH().equals(key.getPublicSSH()))
    const first = identitiesNamed || identitiesOnly ? held.filter(isNamed) : []
    const keys = identitiesOnly ? first : [...first, ...held.filter((key) => !first.includes(key))]
    return { keys, ring: keyRing(library, keys, signBy(agent)) }
  } catch (thrown) {
    return { keys: [], problem: messageOf(thrown) }
  }
}

// The keys in files may do; a person who has to confirm is asked when a key is used, not when keys are listed.
const answerWithinMs = 5000

async function withinLimit<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(limitMs)} ms`)), limitMs)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
  }
}

type Stream = (done: (error: Error | null, stream?: { unref?(): void }) => void) => void

/** The agent without sockets that keep the process from ending: one that never answers is asked once for each request. */
function unheld(agent: BaseAgent<ParsedKey>): BaseAgent<ParsedKey> {
  const connecting = agent as { getStream?: Stream }
  const getStream = connecting.getStream?.bind(agent)
  if (getStream) {
    connecting.getStream = (done) =>
      getStream((error, stream) => {
        stream?.unref?.()
        done(error, stream)
      })
  }
  return agent
}

function identitiesOf(agent: BaseAgent<ParsedKey>): Promise<ParsedKey[]> {
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error)
      else resolve((keys ?? []) as ParsedKey[])
    })
  })
}

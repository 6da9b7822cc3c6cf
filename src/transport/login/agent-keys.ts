/** The keys that an SSH agent holds, in the order in which they are worth offering. */

import { messageOf } from '../../errors.ts'
import type { Destination } from '../ssh-config/destination.ts'
import { listAgentKeys } from './agent-client.ts'
import { publicKeyBeside } from './identities.ts'
import { type PublicKey, publicKeyOf } from './public-key.ts'

/** What an agent has to offer for a destination. */
export interface AgentKeys {
  readonly keys: readonly PublicKey[]
  /** All that it can sign by, offered or not. */
  readonly held: readonly PublicKey[]
  readonly socketPath?: string
  /** Why the agent cannot be asked. */
  readonly problem?: string
}

/**
 * Asks the agent of `destination`. Keys that are named as identities come first, since servers count every offer; with
 * IdentitiesOnly there are no others.
 */
export async function loadAgentKeys(destination: Destination): Promise<AgentKeys> {
  const { agentSocket, identitiesNamed, identitiesOnly, identityFiles } = destination
  if (!agentSocket) return { keys: [], held: [] }
  try {
    const [blobs, named] = await Promise.all([
      withinLimit(listAgentKeys(agentSocket), Math.min(answerWithinMs, destination.connectTimeoutMs / 3)),
      Promise.all(identityFiles.map(publicKeyBeside)),
    ])
    const held = blobs.flatMap((blob) => publicKeyOf(blob) ?? [])
    const isNamed = (key: PublicKey) => named.some((wanted) => wanted?.plain.equals(key.plain))
    const first = identitiesNamed || identitiesOnly ? held.filter(isNamed) : []
    const keys = identitiesOnly ? first : [...first, ...held.filter((key) => !first.includes(key))]
    return { keys, held, socketPath: agentSocket }
  } catch (thrown) {
    return { keys: [], held: [], problem: messageOf(thrown) }
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

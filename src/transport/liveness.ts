/** Whether the other side still lives: it does as long as bytes come from it. */

import type { Readable } from 'node:stream'

/** Unanswered probes after which a peer counts as dead. */
const unansweredProbes = 3

/** Calls `onDead` once nothing has come through `stream` for longer than all probes take. Returns what stops it. */
export function watchLiveness(stream: Readable, intervalMs: number, onDead: (silentMs: number) => void): () => void {
  let heard = false
  let silent = 0
  stream.on('data', () => {
    heard = true
  })
  const timer = setInterval(() => {
    silent = heard ? 0 : silent + 1
    heard = false
    if (silent > unansweredProbes) {
      clearInterval(timer)
      onDead(silent * intervalMs)
    }
  }, intervalMs)
  return () => clearInterval(timer)
}

/** What Ctrl-C and SIGTERM do to a run: end every wait, but finish what is being applied; stop at once; die. */

import process from 'node:process'
import { leaveTerminal, onOutputClosed } from './terminal.ts'

/** The signals a run listens to, and the end of listening. */
export interface StopSignals {
  readonly stop: AbortSignal
  readonly kill: AbortSignal
  dispose(): void
}

// What is stopped at once has this long to close its connections and to report.
const defaultGraceMs = 5000

/** Listens to the process's signals; `tell` shows what happens. */
export function listenToSignals(tell: (text: string) => void, graceMs = defaultGraceMs): StopSignals {
  const stop = new AbortController()
  const kill = new AbortController()
  const stopAtOnce = () => {
    stop.abort()
    kill.abort()
    // Whatever still keeps the process then, a person asked for its end.
    setTimeout(die, graceMs).unref()
  }
  const onInterrupt = () => {
    if (kill.signal.aborted) return die()
    if (stop.signal.aborted) {
      tell('Stopping at once. Press Ctrl-C again to leave the process.')
      return stopAtOnce()
    }
    tell('Stopping after what is being applied now. Press Ctrl-C again to stop at once.')
    stop.abort()
  }
  const onTerminate = () => {
    if (kill.signal.aborted) return die()
    tell('Asked to terminate: stopping at once.')
    stopAtOnce()
  }
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  process.on('SIGHUP', onTerminate)
  const forgetOutput = onOutputClosed(() => stop.abort())
  return {
    stop: stop.signal,
    kill: kill.signal,
    dispose() {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onTerminate)
      process.off('SIGHUP', onTerminate)
      forgetOutput()
    },
  }
}

function die(): void {
  leaveTerminal()
  process.exit(130)
}

/** The live reporter: all hosts at work on the lower lines of the terminal, what matters printed above to stay. */

import type { Emit } from '../engine/events.ts'
import { liveFrame } from './live-frame.ts'
import { emptyLiveState, type LivePhase, updateLiveState } from './live-state.ts'
import { plainReporter } from './plain.ts'
import type { Reporter } from './reporter.ts'
import { makeScreen, type TerminalOutput } from './screen.ts'
import type { ReportStyle } from './task-lines.ts'

// A run that is over sooner than this needs no picture, and loads nothing to draw one.
const patienceMs = 150

/** A reporter for a terminal. */
export function liveReporter(output: TerminalOutput, style: ReportStyle): Reporter {
  const screen = makeScreen(output)
  const state = emptyLiveState()
  const tell = plainReporter(screen.print, style)
  const finish = new Map<string, () => void>()
  const list: { timer?: NodeJS.Timeout; run: Promise<void>; suspended: boolean } = {
    run: Promise.resolve(),
    suspended: false,
  }

  const draw = (icon: (phase: LivePhase) => string) => {
    if (list.suspended) return
    const { columns, rows } = output
    screen.draw(liveFrame(state, { columns, rows, nowMs: performance.now(), icon }, style.paint))
  }
  const start = async () => {
    const { runHostList } = await import('./hosts-renderer.ts')
    if (state.ended) return
    const hosts = [...state.hosts.keys()].map((name) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      finish.set(name, resolve)
      return { name, finished: promise }
    })
    await runHostList(hosts, draw)
  }
  const emit: Emit = (event) => {
    updateLiveState(state, event, performance.now())
    if (event.type === 'run-started') {
      list.timer = setTimeout(() => {
        list.run = start()
      }, patienceMs)
    }
    if (event.type === 'run-finished') {
      clearTimeout(list.timer)
      for (const resolve of finish.values()) resolve()
      screen.draw([])
    }
    tell(event)
  }
  return {
    emit,
    suspend() {
      list.suspended = true
      screen.close()
    },
    resume() {
      list.suspended = false
    },
    async close() {
      state.ended = true
      clearTimeout(list.timer)
      for (const resolve of finish.values()) resolve()
      await list.run
      screen.close()
    },
  }
}

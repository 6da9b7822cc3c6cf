/** Draws a listr2 list of hosts: listr2 keeps their states and the spinner's time, the frame says how they look. */

import { figures, Listr, type ListrRenderer, type ListrRendererFactory, Spinner } from 'listr2'
import type { LivePhase } from './live-state.ts'

/** A host in the list: `finished` resolves or rejects when the host has. */
export interface ListedHost {
  readonly name: string
  readonly finished: Promise<void>
}

/** Runs a list until all of its hosts have finished; `draw` is called for every picture. */
export async function runHostList(
  hosts: readonly ListedHost[],
  draw: (icon: (phase: LivePhase) => string) => void,
): Promise<void> {
  const spinner = new Spinner()
  const icon = (phase: LivePhase): string => {
    if (phase === 'done') return figures.tick
    if (phase === 'failed') return figures.cross
    return phase === 'waiting' ? figures.pointerSmall : spinner.fetch()
  }
  class HostsRenderer implements ListrRenderer {
    static rendererOptions = {}
    static rendererTaskOptions = {}
    static nonTTY = true
    render(): void {
      spinner.start(() => draw(icon))
    }
    end(): void {
      spinner.stop()
    }
  }
  const tasks = hosts.map(({ name, finished }) => ({ title: name, task: () => finished }))
  const options = { concurrent: true, exitOnError: false, registerSignalListeners: false }
  await new Listr(tasks, { ...options, renderer: HostsRenderer as unknown as ListrRendererFactory }).run()
}

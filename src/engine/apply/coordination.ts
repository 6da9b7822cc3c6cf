/** Turns: what one host must leave to another, or to fewer at a time. */

import type { CompiledTask } from '../compile/compiled-play.ts'

/** The same task on every host: its place in the source, in its play. */
function keyOf({ reference: { at, play, title } }: CompiledTask): string {
  return at ? `${play} ${at.file}:${at.line}:${at.column}` : `${play} ${title}`
}

/** Tasks that run on one host while the others wait for it. */
export class RunOnce {
  readonly #turns = new Map<string, PromiseWithResolvers<string>>()

  /** Waits until the task is done; the name of the host that did it. */
  wait(compiled: CompiledTask): Promise<string> {
    return this.#turn(compiled).promise
  }

  /** Tells those who wait. */
  done(compiled: CompiledTask, host: string): void {
    this.#turn(compiled).resolve(host)
  }

  /** Lets everyone go on, because `host` will not come to the tasks it has not done. */
  leave(host: string): void {
    for (const turn of this.#turns.values()) turn.resolve(host)
  }

  #turn(compiled: CompiledTask): PromiseWithResolvers<string> {
    const key = keyOf(compiled)
    const turn = this.#turns.get(key) ?? Promise.withResolvers<string>()
    this.#turns.set(key, turn)
    return turn
  }
}

/** Tasks that run on so many hosts at a time. */
export class Throttles {
  readonly #running = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Runs `work` when there is room for it. */
  async run<T>(compiled: CompiledTask, limit: number | undefined, work: () => Promise<T>): Promise<T> {
    if (limit === undefined) return work()
    const key = keyOf(compiled)
    while ((this.#running.get(key) ?? 0) >= limit) {
      await new Promise<void>((resolve) => this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]))
    }
    this.#running.set(key, (this.#running.get(key) ?? 0) + 1)
    try {
      return await work()
    } finally {
      this.#running.set(key, (this.#running.get(key) ?? 1) - 1)
      const [next, ...rest] = this.#waiting.get(key) ?? []
      this.#waiting.set(key, rest)
      next?.()
    }
  }
}

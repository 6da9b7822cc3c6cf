/** Questions: what a run asks a person; one at a time, and none twice. */

import type { Confirmation } from '../../model/operation.ts'
import type { Change } from '../../plan/change.ts'
import type { TaskReference } from '../events.ts'

/** What is answered where each change is asked for: do it, leave it out, do it and all the rest. */
export type ChangeAnswer = 'yes' | 'no' | 'all'

/** Who answers. */
export interface Prompts {
  /** Without it every question counts as answered with no. */
  confirm?(question: string): Promise<boolean>
  /** Asks a person to type the word; without it every word counts as not typed. */
  confirmWord?(confirmation: Confirmation): Promise<boolean>
  /** Where it is there, each task that would change something is asked for. */
  askChange?(host: string, task: TaskReference, changes: readonly Change[]): Promise<ChangeAnswer>
}

/** Asks one question at a time. The answer to a task's `confirm` holds for the whole run. */
export class Questions {
  readonly #asked: Prompts
  readonly #answers = new Map<string, Promise<boolean>>()
  #asksChanges: boolean
  #last: Promise<unknown> = Promise.resolve()

  constructor(asked: Prompts) {
    this.#asked = asked
    this.#asksChanges = asked.askChange !== undefined
  }

  /** Whether each change is asked for, so that tasks are applied one by one. */
  get asksChanges(): boolean {
    return this.#asksChanges
  }

  /** Whether `question` is answered with yes. It is for the whole run: asked once, however many hosts come to it. */
  confirm(question: string): Promise<boolean> {
    const answer = this.#answers.get(question) ?? this.#asked.confirm?.(question) ?? Promise.resolve(false)
    this.#answers.set(question, answer)
    return answer
  }

  /** Whether a person typed the word. */
  async confirmWord(confirmation: Confirmation): Promise<boolean> {
    return (await this.#asked.confirmWord?.(confirmation)) ?? false
  }

  /** Whether a task is to make its changes. */
  mayChange(host: string, task: TaskReference, changes: readonly Change[]): Promise<boolean> {
    const answer = this.#last.then(async () => {
      const { askChange } = this.#asked
      // While this host waited for its turn, another may have answered for all.
      if (!this.#asksChanges || !askChange) return true
      const given = await askChange(host, task, changes)
      if (given === 'all') this.#asksChanges = false
      return given !== 'no'
    })
    this.#last = answer.catch(() => {})
    return answer
  }
}

/** Handlers that were notified and have not run yet, of this run and earlier ones; the host keeps a record of them. */

import { clearPending, recordPending } from './host-folder.ts'

/** Runs a script as the user who holds the record. */
type Control = (script: string) => Promise<unknown>

/** Keeps what is pending in step with the record on the host. */
export class PendingHandlers {
  readonly #names: Set<string>
  readonly #control: Control

  constructor(control: Control, names: Iterable<string> = []) {
    this.#control = control
    this.#names = new Set(names)
  }

  /** Their names. */
  get names(): readonly string[] {
    return [...this.#names]
  }

  /** Whether the handler of this name is pending. */
  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** They are on the host's record. */
  add(names: Iterable<string>): void {
    for (const name of names) this.#names.add(name)
  }

  /** The command that records `names` on the host, for those who run it themselves; {@link add} comes after it. */
  recordCommand(names: readonly string[]): string | undefined {
    return names.length === 0 ? undefined : recordPending(names)
  }

  /** Records `names` on the host. */
  async record(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#control(recordPending(names))
    this.add(names)
  }

  /** Removes `names` from the host's record. */
  async clear(names: readonly string[]): Promise<void> {
    if (names.length > 0) await this.#control(clearPending(names))
    for (const name of names) this.#names.delete(name)
  }

  /** The same, for a run that only plans. */
  copy(): PendingHandlers {
    return new PendingHandlers(this.#control, this.#names)
  }
}

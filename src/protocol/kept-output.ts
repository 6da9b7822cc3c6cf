/** Output that is kept within a limit: whole, or else its end. */

/** What the sections of one round trip may keep, all together. */
export interface Budget {
  /** Bytes that may still be kept. */
  left: number
  /** Whether the output is of no use unless all of it is there; otherwise its end is kept. */
  readonly isWhole: boolean
}

const slabBytes = 4 * 1024
const largeBytes = 1024
// Of what is kept in part, this much is kept in any case.
const leastTailBytes = 64 * 1024

/** The output of one section on one stream. */
export class KeptOutput {
  readonly #budget: Budget
  #slabs: Buffer[] = []
  // How much of the last slab is in use.
  #used = 0
  #length = 0
  #dropped = 0

  constructor(budget: Budget) {
    this.#budget = budget
  }

  /** Takes the next bytes; false where they do not fit and all are needed. */
  push(chunk: Buffer): boolean {
    this.#budget.left -= chunk.length
    this.#length += chunk.length
    if (this.#budget.left < 0 && this.#budget.isWhole) return false
    this.#store(chunk)
    while (this.#budget.left < 0 && this.#slabs.length > 1 && this.#length > leastTailBytes + this.#firstLength()) {
      const dropped = this.#firstLength()
      this.#slabs.shift()
      this.#length -= dropped
      this.#dropped += dropped
      this.#budget.left += dropped
    }
    return true
  }

  /** All that is kept, after a line that says how much is not. */
  toBuffer(): Buffer {
    const kept = this.#slabs.map((slab, index) =>
      index === this.#slabs.length - 1 ? slab.subarray(0, this.#used) : slab,
    )
    const notice = this.#dropped === 0 ? [] : [Buffer.from(`[the first ${this.#dropped} bytes are left out]\n`)]
    return Buffer.concat([...notice, ...kept])
  }

  #firstLength(): number {
    return this.#slabs[0]?.length ?? 0
  }

  // Small chunks are copied together: a million of them would need far more memory than what they hold.
  #store(chunk: Buffer): void {
    const last = this.#slabs.at(-1)
    const copied = last ? chunk.copy(last, this.#used) : 0
    this.#used += copied
    const rest = chunk.subarray(copied)
    if (rest.length === 0) return
    if (last) this.#slabs[this.#slabs.length - 1] = last.subarray(0, this.#used)
    const slab = rest.length >= largeBytes ? rest : Buffer.allocUnsafe(slabBytes)
    if (slab !== rest) rest.copy(slab)
    this.#slabs.push(slab)
    this.#used = rest.length
  }
}

/** Random numbers that a seed repeats. */

/** A stream of random numbers. */
export interface Random {
  /** A whole number from 0 up to, but not including, `end`. */
  below(end: number): number
  /** One of `choices`. */
  pick<T>(choices: readonly T[]): T
  bytes(count: number): Buffer
}

/** The stream that belongs to `seed` and `name`: the same each time, on every machine. */
export function randomFrom(seed: number, name: string): Random {
  let state = seed >>> 0
  for (const character of name) state = mix(state ^ (character.codePointAt(0) ?? 0))
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    return mix(state)
  }
  const below = (end: number) => Math.floor((next() / 2 ** 32) * end)
  return {
    below,
    pick: (choices) => {
      const chosen = choices[below(choices.length)]
      if (chosen === undefined) throw new RangeError('There is nothing to choose from')
      return chosen
    },
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  }
}

// The finalizer of MurmurHash3: each bit of the input changes half the bits of the output.
function mix(value: number): number {
  let hash = value >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0
  return (hash ^ (hash >>> 16)) >>> 0
}

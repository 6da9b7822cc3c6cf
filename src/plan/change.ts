/** Changes: in what a host differs from what is desired. */

/** A value that can be shown, compared and written as JSON. */
export type Value = string | number | boolean | null | readonly string[]

/** One difference. An empty list of changes means that the host is as desired. */
export interface Change {
  /** What differs, in the words of the resource's variables: `mode`, `running`, `content`. */
  readonly key: string
  /** What it is now; null where there is nothing. */
  readonly from: Value
  /** What it is to be; null where there is to be nothing. */
  readonly to: Value
  /** For the content of a text file: where it lies and what it is to be, so that a line diff can be shown on wish. */
  readonly text?: { readonly path: string; readonly to: string }
}

/** The changes of the given keys in which `desired` is set and differs from `current`. Lists are compared in order. */
export function compare<K extends string>(
  current: { readonly [P in K]?: Value | undefined },
  desired: { readonly [P in K]?: Value | undefined },
  keys: readonly K[],
): Change[] {
  return keys.flatMap((key) => {
    const to = desired[key]
    const from = current[key] ?? null
    return to === undefined || same(from, to) ? [] : [{ key, from, to }]
  })
}

function same(left: Value, right: Value): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right
  return left.length === right.length && left.every((item, index) => item === right[index])
}

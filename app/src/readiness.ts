/** Readiness: whether requests can be served now, found out at most once a second, however many ask. */

/** Ready, or why not. */
export type Readiness = { readonly isReady: true } | { readonly isReady: false; readonly reason: string }

/** See the file’s first line. */
export interface ReadinessCheck {
  state(): Promise<Readiness>
  /** From now on it is not ready, for good. */
  drain(): void
  isDraining(): boolean
}

/**
 * Asks `check`, which gives why it is not ready or undefined, and remembers the answer for `maxAgeMs`. `tell` is told of the
 * first answer and of each that is another than the one before.
 */
export function makeReadiness(
  check: () => Promise<string | undefined>,
  tell: (reason: string | undefined) => void,
  { maxAgeMs = 1000, now = () => performance.now() }: { maxAgeMs?: number; now?: () => number } = {},
): ReadinessCheck {
  let isStopping = false
  let answer: Promise<string | undefined> | undefined
  let answeredAt: number | undefined
  let told: { readonly reason: string | undefined } | undefined
  const ask = () => {
    answeredAt = undefined
    answer = check().then((reason) => {
      answeredAt = now()
      if (!told || told.reason !== reason) tell(reason)
      told = { reason }
      return reason
    })
    return answer
  }
  return {
    async state() {
      const isFresh = answer !== undefined && (answeredAt === undefined || now() - answeredAt < maxAgeMs)
      const reason = isStopping ? undefined : await (isFresh ? answer : ask())
      if (isStopping) return { isReady: false, reason: 'stopping' }
      return reason === undefined ? { isReady: true } : { isReady: false, reason }
    },
    drain() {
      isStopping = true
    },
    isDraining: () => isStopping,
  }
}

/** How a task ended on a host. */

/** `unknown` occurs in plans alone: the outcome depends on a change not made yet. */
export type Status = 'ok' | 'changed' | 'skipped' | 'failed' | 'unreachable' | 'unknown'

/** The statuses in the order a recap shows them. */
export const statuses = [
  'ok',
  'changed',
  'unknown',
  'skipped',
  'failed',
  'unreachable',
] as const satisfies readonly Status[]

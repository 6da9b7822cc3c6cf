/** Where the time before a run goes: named phases on the process's clock. */

/** A phase and how long it took, in milliseconds. */
export interface Phase {
  readonly name: string
  readonly durationMs: number
}

const phases: Phase[] = []
let lastMs = 0

/** Ends a phase that began where the one before ended; the first began with the process. */
export function endPhase(name: string): void {
  const nowMs = performance.now()
  phases.push({ name, durationMs: nowMs - lastMs })
  lastMs = nowMs
}

/** The phases so far. */
export function startUpPhases(): readonly Phase[] {
  return phases
}

/** Runs the user's functions so that what they throw becomes a problem among the others. */

import type { SourceLocation } from '../../errors.ts'
import { type Problem, problemOfThrown } from '../../model/problem.ts'

/** Thrown by what asks for a host's facts before they are known. */
export class FactsNeeded extends Error {
  override readonly name = 'FactsNeeded'
}

/** What is found wrong, and whether anything was put off until the facts are known. */
export interface Findings {
  readonly problems: Problem[]
  hasWaiting: boolean
}

/** The result of `build`; if it throws, `otherwise`, and the error is among the findings. */
export function collectProblems<T>(
  findings: Findings,
  subject: string,
  at: SourceLocation | undefined,
  otherwise: T,
  build: () => T,
): T {
  try {
    return build()
  } catch (thrown) {
    if (thrown instanceof FactsNeeded) findings.hasWaiting = true
    else findings.problems.push(problemOfThrown(thrown, subject, at))
    return otherwise
  }
}

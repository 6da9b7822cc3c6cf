/** Counts the tests of a vitest JSON report. */

/** What of the report is read. */
interface Report {
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** How many tests ended how. */
export interface TestCount {
  readonly passed: number
  readonly failed: number
  /** Neither: left out, or never reached because something before them failed. */
  readonly skipped: number
}

/** How many tests passed and failed. A file that could not even be loaded counts as one failure. */
export function countTests(text: string): TestCount {
  const { testResults } = JSON.parse(text) as Report
  const outcomes = testResults.flatMap(({ status, assertionResults }) => {
    const tests = assertionResults.map((test) => test.status)
    return status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests
  })
  const count = (wanted: string) => outcomes.filter((status) => status === wanted).length
  const [passed, failed] = [count('passed'), count('failed')]
  return { passed, failed, skipped: outcomes.length - passed - failed }
}

/** The closing line that programs read; what was skipped is said only where something was. */
export function closingLine({ passed, failed, skipped }: TestCount): string {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}

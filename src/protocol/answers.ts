/** Answers: lines that the loop on the host prints with the mark, so that nothing else in the output can pass for one. */

/** What a section printed: its answers, and what came after the last of them. */
export interface Answered {
  readonly answers: readonly string[]
  readonly rest: Buffer
}

/** Takes the answers out of the output of a section. */
export function answersIn(stdout: Buffer, mark: string): Answered {
  const opening = Buffer.from(`\n${mark}=`)
  const answers: string[] = []
  let at = 0
  for (;;) {
    const start = stdout.indexOf(opening, at)
    const end = start < 0 ? -1 : stdout.indexOf('\n', start + opening.length)
    if (end < 0) return { answers, rest: stdout.subarray(at) }
    answers.push(stdout.toString('utf8', start + opening.length, end))
    at = end + 1
  }
}

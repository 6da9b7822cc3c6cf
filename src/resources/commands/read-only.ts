/** A command that only reads: it runs whenever its task is read, and what it prints is the state. */

import type { Need } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { OutputAnswer } from './command-output.query.ts'
import { type Due, headline, needsOf, noFolder } from './guarded.ts'

/** What it printed. */
export interface Printed extends Due {
  readonly output: string
}

/** What the answer means; a status that is not in `accepted` is a failure. */
export function parsePrinted(
  answer: OutputAnswer,
  { script, cwd, accepted }: { script: string; cwd: string; accepted: readonly number[] },
): Printed | Unavailable {
  const shown = headline(script)
  switch (answer.kind) {
    case 'no-folder':
      return noFolder(cwd, 'the command')
    case 'hung':
      return new Unavailable(
        `the command did not end in time: ${shown}`,
        'A command that only reads must end within seconds.',
      )
    case 'not-reached':
      return new Unavailable('the command was not run, because the one of another task did not end in time')
    case 'ended': {
      const { status, output } = answer
      if (accepted.includes(status)) return { due: false, output }
      const said = output.trim() === '' ? '' : `\n${output.trim()}`
      return new Unavailable(`the command ended with status ${status}: ${shown}${said}`, undefined, needs(script))
    }
  }
}

// Whatever it reads may be what an earlier task changes.
function needs(script: string): Need[] {
  return [...needsOf(script), `answer ${headline(script)}`]
}

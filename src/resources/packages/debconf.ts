/** The resource `debconf`: the answer to a question that a package asks when it is configured. */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { type DebconfAnswer, debconfAnswer } from './debconf-answer.query.ts'

const isLine = (text: string) => /^(?!\s)[^\n\r\0]*$/.test(text) && !/[\s\\]$/.test(text)
const line = 'must be one line that neither begins nor ends with a space, nor ends with a backslash'

const schema = z
  .strictObject({
    /** The package that asks. */
    package: z.string().regex(/^[a-z0-9][a-z0-9+.-]*$/, 'must be the name of a package'),
    /** The question, as `debconf-show` names it: `postfix/main_mailer_type`. */
    question: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9+._-]*(\/[A-Za-z0-9+._-]+)+$/, 'must be such as package/question'),
    /** The type of the question, as its template says. */
    type: z.enum(['string', 'boolean', 'select', 'multiselect', 'password']),
    /** The answer; several of a `multiselect` are separated by a comma and a space. */
    value: z.union([
      z.string().refine(isLine, line),
      z.instanceof(Secret<string>).refine((secret) => isLine(secret.reveal()), line),
    ]),
  })
  .superRefine(({ type, value }, context) => {
    if (type === 'boolean' && value !== 'true' && value !== 'false') {
      context.addIssue({ code: 'custom', path: ['value'], message: "is 'true' or 'false' for a boolean" })
    }
  })

type Desired = z.output<typeof schema>
type State = Exclude<DebconfAnswer, { kind: 'unreadable' }>

/**
 * The answer to a question of debconf, given before the package is installed (or before it is configured again:
 * `dpkg-reconfigure -f noninteractive`). An answer that is secret, or of type `password`, is compared by its checksum on the
 * host and never shown. Some packages forget a password once they have used it; they differ in every run, so give the
 * password only while it is needed.
 *
 * @example
 * ```ts
 * import { apt, debconf } from 'foobar-deploy'
 *
 * debconf({ package: 'postfix', question: 'postfix/main_mailer_type', type: 'select', value: 'Local only' })
 * apt({ packages: ['postfix'] })
 * ```
 */
export const debconf = defineResource({
  type: 'debconf',
  schema,
  id: ({ question }) => question,
  read: ({ question, type, value }) => ({
    answer: debconfAnswer({ question, isSecret: type === 'password' || value instanceof Secret }),
  }),
  parse: ({ answer }): State | Unavailable =>
    answer.kind === 'unreadable'
      ? new Unavailable(answer.reason, 'debconf is for Debian, Ubuntu and what descends from them, and for root.', [
          'program debconf-show',
        ])
      : answer,
  provides: () => [],
  diff: (current, desired): Change[] => {
    if (agrees(current, desired)) return []
    const secret = desired.value instanceof Secret || desired.type === 'password' || current.kind === 'digest'
    const from = current.kind === 'unasked' ? null : current.kind === 'digest' ? 'secret' : current.value
    return [{ key: 'value', from, to: secret ? 'secret' : String(desired.value) }]
  },
  *apply(_changes, desired) {
    yield answerAll([desired])
  },
  *applyTogether(applications) {
    yield answerAll(applications.map(({ desired }) => desired))
  },
})

function agrees(current: State, { value }: Desired): boolean {
  const plain = value instanceof Secret ? value.reveal() : value
  if (current.kind === 'digest') return current.sha256 === createHash('sha256').update(plain).digest('hex')
  return current.kind === 'value' && current.value === plain
}

/** One start of debconf for all of them. */
function answerAll(all: readonly Desired[]): Command {
  const lines = all.map(({ package: name, question, type, value }) => {
    return `${name} ${question} ${type} ${value instanceof Secret ? value.reveal() : value}\n`
  })
  const isSecret = all.some(({ value, type }) => value instanceof Secret || type === 'password')
  const text = lines.join('')
  // As bytes: of a secret text, every line would be masked wherever it occurs.
  return withInput(sh`debconf-set-selections`, isSecret ? new Secret('debconf', Buffer.from(text)) : text)
}

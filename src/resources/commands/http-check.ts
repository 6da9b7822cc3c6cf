/** The resource `httpCheck`: a URL that must answer as expected, requested once. */

import { z } from 'zod'
import { FoobarDeployError } from '../../errors.ts'
import { defineResource } from '../../model/task.ts'
import { Unavailable } from '../../plan/resource.ts'
import { redact } from '../../shell/secret.ts'
import { type HttpAnswer, httpAnswer } from './http-answer.query.ts'
import { headerLines, httpHeaders, httpStatus, httpUrl } from './http-headers.ts'

const schema = z.strictObject({
  /** An address of http or https, as the host sees it. */
  url: httpUrl,
  /** The status of the answer, or several; a redirection is not followed. Default 200. */
  status: httpStatus,
  /** A text that must be in the answer (in its last 1 MiB). */
  contains: z.string().min(1).optional(),
  /** Headers of the request, such as `Host`; a value may be a secret. */
  headers: httpHeaders,
  /** How long the answer may take; default 5,000. (`timeoutMs`, which every task has, is for commands.) */
  withinMs: z.int().min(100).max(60_000).default(5000),
})

type Desired = z.output<typeof schema>

/**
 * A look at an address from the host, by its curl: the task fails, saying what was answered, if that is not as it should be.
 * It asks once (`waitFor` waits) and changes nothing. In a plan the outcome is unknown while a change is still to be made
 * before it.
 *
 * @example
 * ```ts
 * import { httpCheck } from 'foobar-deploy'
 *
 * httpCheck({ url: 'http://127.0.0.1/healthz', headers: { Host: 'www.example.org' }, status: [200, 204] })
 * ```
 */
export const httpCheck = defineResource({
  type: 'httpCheck',
  schema,
  id: ({ url }) => url,
  read: ({ url, headers, contains, withinMs }) => ({
    answer: httpAnswer({ url, headers: headerLines(headers), contains, timeoutMs: withinMs }),
  }),
  parse: ({ answer }, desired) => {
    if (answer.kind === 'blind') {
      return new Unavailable(
        `the host cannot look at ${desired.url}: it has no curl`,
        "add apt({ packages: ['curl'] }) before it",
        ['program curl'],
      )
    }
    const wrong = complaint(answer, desired)
    if (wrong === undefined) return { status: answer.kind === 'answer' ? answer.status : 0 }
    throw new FoobarDeployError('task', 'http-check-failed', 'An address does not answer as it should', {
      detail: redact(`${desired.url}: ${wrong}`),
      needs: [`answer ${desired.url}`],
    })
  },
  provides: () => [],
  diff: () => [],
  *apply() {},
})

function complaint(answer: Exclude<HttpAnswer, { kind: 'blind' }>, { status, contains }: Desired): string | undefined {
  if (answer.kind === 'none') return answer.reason
  const said = answer.begin === '' ? '' : `; it says: ${answer.begin}`
  if (!status.includes(answer.status)) return `status ${answer.status}, not ${status.join(' or ')}${said}`
  return answer.contains ? undefined : `status ${answer.status}, without the text ${JSON.stringify(contains)}${said}`
}

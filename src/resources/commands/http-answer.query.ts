/** Requests URLs from the host: one curl each, all in parallel. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import type { Secret } from '../../shell/secret.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { plainLines } from './http-headers.ts'

/** A request. */
export interface HttpRequest {
  readonly url: string
  /** The headers, one a line. */
  readonly headers: string | Secret<Uint8Array>
  /** A text that is looked for in the answer. */
  readonly contains?: string | undefined
  readonly timeoutMs: number
}

/** What came of it. */
export type HttpAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Whether the text that was looked for is in it; true where none was. */
      readonly contains: boolean
      /** How the answer begins. */
      readonly begin: string
    }
  | { readonly kind: 'none'; readonly reason: string }
  /** The host has no curl. */
  | { readonly kind: 'blind' }

/** So much of an answer's end is searched, in bytes. */
const largestSearched = 1024 * 1024
const longestBegin = 200

export const httpAnswerQuery: QueryKind<HttpRequest, HttpAnswer> = {
  name: 'http-answer',
  key: ({ url, headers, contains, timeoutMs }) => JSON.stringify([url, plainLines(headers), contains, timeoutMs]),
  maxOperands: 50,
  script: (requests) => `ask() {
  # Number, URL, seconds, text; headers on the input.
  answer=$({ curl -sS -m "$3" -H @- -o - -w '\\n%{http_code}' -- "$2" 2>&1 || printf '\\nfailed'; } | tail -c ${largestSearched})
  code=\${answer##*
} body=\${answer%
*}
  case $body in *"$4"*) found=y ;; *) found=n ;; esac
  begin=$(printf '%s' "$body" | head -c ${longestBegin} | tr '\\0-\\37' ' ')
  printf '%s %s %s %s\\n' "$1" "$code" "$found" "$begin"
}
if command -v curl >/dev/null; then
${requests.map(requestScript).join('\n')}
  wait
else
  echo blind
fi`,
  parse: (output, requests) => {
    const rows = output.stdout.toString().split('\n').filter(Boolean)
    if (rows[0] === 'blind') return requests.map(() => ({ kind: 'blind' }))
    const answers = new Map(rows.map((row) => [Number.parseInt(row, 10), answerOf(row)]))
    return requests.map((_request, index) => {
      const answer = answers.get(index)
      if (!answer) throw unexpectedAnswer('an address', output)
      return answer
    })
  },
}

/** What the host is answered at an address; redirections are not followed. */
export const httpAnswer = defineQuery(httpAnswerQuery)

function requestScript({ url, headers, contains = '', timeoutMs }: HttpRequest, index: number): string {
  const words = [String(index), url, String(timeoutMs / 1000), contains].map(quote).join(' ')
  // printf is a builtin, so that the headers are on nobody's argument list.
  return `  printf %s ${quote(plainLines(headers))} | ask ${words} &`
}

function answerOf(row: string): HttpAnswer {
  const [, code = '', found, ...begin] = row.split(' ')
  const text = begin.join(' ').trim()
  if (code === 'failed') return { kind: 'none', reason: text.replace(/ *000$/, '') }
  return { kind: 'answer', status: Number(code), contains: found === 'y', begin: text }
}

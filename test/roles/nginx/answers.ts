/** Sends the requests of a case to the nginx of a host, with curl on that host, and reads the answers. */

import { quote } from '../../../src/shell/quote.ts'
import type { Request } from './case.ts'

/** An answer as curl saw it. */
export interface Answer {
  readonly status: number
  /** By lower-case name; of one that came twice, both, with a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What curl complained of. */
  readonly error: string
}

/** POSIX sh that sends all `requests` in order and prints the answers. */
export function requestScript(requests: readonly Request[]): string {
  const lines = requests.map(
    ({
      curl,
    }) => `curl -sS -g --max-time 10 --connect-to ::127.0.0.1: -D headers ${curl.map(quote).join(' ')} >body 2>error
for x in headers body error; do base64 -w 0 $x; echo; : >$x; done`,
  )
  return `cd "$(mktemp -d)" || exit\n${lines.join('\n')}\nrm -rf -- "$PWD"\n`
}

/** The answers in what {@link requestScript} printed. */
export function parseAnswers(output: string): Answer[] {
  const parts = output
    .trimEnd()
    .split('\n')
    .map((line) => Buffer.from(line, 'base64').toString())
  return Array.from({ length: Math.ceil(parts.length / 3) }, (_, index) => {
    const [head = '', body = '', error = ''] = parts.slice(3 * index)
    const [first = '', ...lines] = head.trim().split('\r\n')
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const [name = '', ...value] = line.split(': ')
      const key = name.toLowerCase()
      headers[key] = key in headers ? `${headers[key]}, ${value.join(': ')}` : value.join(': ')
    }
    return { status: Number(first.split(' ')[1]), headers, body, error }
  })
}

/** In what an answer is not what the request expects; empty if it is. */
export function differences(request: Request, answer: Answer | undefined): string[] {
  if (!answer) return ['no answer']
  const { status, headers, body, contains } = request
  return [
    ...(answer.error === '' ? [] : [answer.error]),
    ...(answer.status === status ? [] : [`status ${answer.status}, not ${status}: ${answer.body}`]),
    ...Object.entries(headers).flatMap(([name, value]) =>
      (answer.headers[name] ?? null) === value ? [] : [`${name} is ${answer.headers[name]}, not ${value}`],
    ),
    ...(body === undefined || answer.body === body ? [] : [`the text is ${JSON.stringify(answer.body)}`]),
    ...(contains === undefined || answer.body.includes(contains)
      ? []
      : [`${JSON.stringify(answer.body)} lacks ${contains}`]),
  ].map((difference) => `${request.curl.at(-1)}: ${difference}`)
}

/** Answers of HTTP as values, and how they are sent. */

import type { ServerResponse } from 'node:http'

/** See the file’s first line. */
export interface Answer {
  readonly status: number
  readonly type?: string
  readonly body?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
}

/** An answer in JSON. */
export function json(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n`, headers }
}

/** The page. It runs no script, and nothing of another origin is loaded by it. */
export function htmlPage(status: number, body: string): Answer {
  const policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
  return { status, type: 'text/html; charset=utf-8', body, headers: { 'Content-Security-Policy': policy } }
}

/** Sends `answer`; nothing of it is kept by a cache unless it says so. */
export function send(response: ServerResponse, { status, type, body = '', headers = {} }: Answer): void {
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(type === undefined ? {} : { 'Content-Type': type }),
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

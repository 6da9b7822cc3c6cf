/** Reads the body of a request, up to a limit. */

import type { IncomingMessage } from 'node:http'

/** A request that is answered with `status` and the message. */
export class BadRequest extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const largestBytes = 16 * 1024

/** The `text` that a form or a JSON object brings. */
export async function textIn(request: IncomingMessage, longest: number): Promise<string> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  const read = readers[type ?? '']
  if (!read) throw new BadRequest(415, `the body must be ${Object.keys(readers).join(' or ')}`)
  const text = read(await bodyOf(request))
  if (typeof text !== 'string' || text.trim() === '') throw new BadRequest(400, 'text is missing')
  if (text.trim().length > longest) throw new BadRequest(400, `text is longer than ${longest} characters`)
  return text.trim()
}

const readers: Readonly<Record<string, (body: string) => unknown>> = {
  'application/json': (body) => {
    try {
      return (JSON.parse(body) as { text?: unknown } | null)?.text
    } catch {
      throw new BadRequest(400, 'the body is not JSON')
    }
  },
  'application/x-www-form-urlencoded': (body) => new URLSearchParams(body).get('text'),
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // The connection stays, for the answer to go over.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > largestBytes) throw new BadRequest(413, `the body is larger than ${largestBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

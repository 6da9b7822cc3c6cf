/** The HTTP server: requests with an id, a line in the log for each, and a stop that ends what is under way. */

import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { send } from './answer.ts'
import { causeOf, type Log } from './log.ts'
import { answerTo, type Parts } from './routes.ts'

/** See the file’s first line. */
export interface HttpServer {
  /** Listens on an address, or on a socket that was opened by somebody else. */
  listen(where: { readonly host: string; readonly port: number } | { readonly fd: number }): Promise<{ port: number }>
  /** Not ready at once; after `drainMs` no new connections; what is under way may take `stopMs` to end. */
  stop(timing: { readonly drainMs: number; readonly stopMs: number }): Promise<void>
}

// Longer than nginx keeps its idle connections to it, so that it is nginx that closes them.
const keepAliveMs = 75_000
// What is asked every second; changes of readiness are in the log.
const quiet = new Set(['/healthz', '/readyz'])

/** A server for what the routes answer. */
export function makeHttpServer(parts: Omit<Parts, 'onFailure'>, log: Log): HttpServer {
  const { readiness } = parts
  const server = createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 30_000 }, (request, response) => {
    void serve(request, response)
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now()
    const requestId = idOf(request)
    response.setHeader('X-Request-Id', requestId)
    const path = (request.url ?? '').split('?')[0] ?? ''
    const method = request.method ?? ''
    const client = String(request.headers['x-real-ip'] ?? request.socket.remoteAddress ?? '')
    const answer = await answerTo(request, {
      ...parts,
      onFailure: (thrown) => {
        const { cause = thrown } = thrown as { cause?: unknown }
        log.error('request failed', { requestId, method, path, cause: causeOf(cause) })
      },
    })
    // A proxy that keeps connections is asked to take a new one: to whoever comes next.
    if (readiness.isDraining()) response.setHeader('Connection', 'close')
    if (!response.destroyed) send(response, answer)
    if (quiet.has(path)) return
    const durationMs = Math.round(performance.now() - started)
    log.info('request', { requestId, method, path, status: answer.status, durationMs, client })
  }

  return {
    listen: (where) =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(where, () => {
          const address = server.address()
          resolve({ port: typeof address === 'object' && address ? address.port : 0 })
        })
      }),
    async stop({ drainMs, stopMs }) {
      readiness.drain()
      await delay(drainMs)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const ended = new AbortController()
      const late = delay(stopMs, undefined, { signal: ended.signal }).then(
        () => {
          log.error('requests were cut off', { stopMs })
          server.closeAllConnections()
        },
        () => {},
      )
      await Promise.race([closed, late])
      ended.abort()
      await closed
    },
  }
}

// From the proxy in front, where it is one that a line of the log can hold.
function idOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

/** A client of the site: asks over and over, each time on a new connection, until told to end; prints how it went. */

import { readFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { argv, stdin, stdout } from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { ClientReport, ClientRequest } from './client-request.ts'

const asked = JSON.parse(argv[2] ?? '{}') as ClientRequest
const { address, name, path, authorityFile, connections, pauseMs } = asked
const ca = readFileSync(authorityFile)
const outcomes: Record<string, number> = {}
const servers: Record<string, number> = {}
let isOver = false
let longestGapMs = 0
let lastAnswerAt = performance.now()
stdin.on('end', () => {
  isOver = true
})
stdin.resume()

function ask(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const options: RequestOptions = {
    host: address,
    path,
    servername: name,
    ca,
    agent: false,
    headers: { host: name, connection: 'close' },
    timeout: 10_000,
  }
  const sent = request(options, (answer) => {
    answer.resume()
    answer.on('end', () => {
      const server = String(answer.headers['x-served-by'] ?? 'nobody')
      servers[server] = (servers[server] ?? 0) + 1
      resolve(answer.complete ? String(answer.statusCode) : 'cut off')
    })
    answer.on('error', (error) => resolve(error.message))
  })
  sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
  sent.end()
  return promise
}

async function askOn(): Promise<void> {
  while (!isOver) {
    const outcome = await ask()
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    if (outcome === '200') {
      longestGapMs = Math.max(longestGapMs, performance.now() - lastAnswerAt)
      lastAnswerAt = performance.now()
    }
    await pause(pauseMs)
  }
}

await Promise.all(Array.from({ length: connections }, askOn))
longestGapMs = Math.max(longestGapMs, performance.now() - lastAnswerAt)
stdout.write(JSON.stringify({ outcomes, servers, longestGapMs } satisfies ClientReport))

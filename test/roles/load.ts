/**
 * Asks an address over and over, each time on a new connection, until told to end; prints an empty line with the first good
 * answer, and at last how it went. Arguments: URL, connections, milliseconds between two requests of one of them, milliseconds
 * to wait for an answer.
 */

import { request as overHttp } from 'node:http'
import { request as overTls } from 'node:https'
import { argv, stdin, stdout } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

const [, , url = '', connections = '1', paceMs = '5', patienceMs = '3000'] = argv
const answers: Record<string, number> = {}
let lastGood = performance.now()
let longestGapMs = 0
let slowestMs = 0
let isOver = false
stdin.on('end', () => {
  isOver = true
})
stdin.resume()

/** The status of an answer and who gave it (X-Served-By, else the first word of the text), or what went wrong. */
function ask(): Promise<string> {
  return new Promise((resolve) => {
    // Certificates are looked at elsewhere; here it is about who answers, and whether anybody does.
    const options = {
      agent: false,
      headers: { connection: 'close' },
      timeout: Number(patienceMs),
      rejectUnauthorized: false,
    } as const
    const sent = (url.startsWith('https:') ? overTls : overHttp)(url, options, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk
      })
      answer.on('end', () => {
        const by = answer.headers['x-served-by'] ?? text.split(/\s/, 1)[0]
        resolve(answer.complete ? `${answer.statusCode} ${by}` : 'cut off')
      })
      answer.on('error', (error) => resolve(error.message))
    })
    sent.on('error', (error) => resolve(error.message || 'an error'))
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.end()
  })
}

async function askOn(): Promise<void> {
  while (!isOver) {
    const began = performance.now()
    const outcome = await ask()
    slowestMs = Math.max(slowestMs, performance.now() - began)
    answers[outcome] = (answers[outcome] ?? 0) + 1
    if (outcome.startsWith('200 ')) {
      // Whoever waits for the beginning is told.
      if (longestGapMs === 0) stdout.write('\n')
      const now = performance.now()
      longestGapMs = Math.max(longestGapMs, now - lastGood)
      lastGood = now
    }
    await delay(Number(paceMs))
  }
}

await Promise.all(Array.from({ length: Number(connections) }, askOn))
stdout.write(JSON.stringify({ answers, longestGapMs: Math.round(longestGapMs), slowestMs: Math.round(slowestMs) }))

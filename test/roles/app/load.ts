/** Asks an application over and over until told to end: reads and, one in ten, writes; prints how they ended. Arguments: URL, clients. */

import { Agent, request } from 'node:http'
import { argv, stdin, stdout } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'

const [, , url = '', clients = '1'] = argv
const agent = new Agent({ keepAlive: true })
const counts: Record<string, number> = {}
let slowestMs = 0
let isOver = false
stdin.on('end', () => {
  isOver = true
})
stdin.resume()

function ask(number: number): Promise<string> {
  const isWrite = number % 10 === 0
  const method = isWrite ? 'POST' : 'GET'
  return new Promise((resolve) => {
    const sent = request(
      `${url}/api/notes?limit=5`,
      { agent, method, timeout: 15_000, headers: isWrite ? { 'Content-Type': 'application/json' } : {} },
      (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.complete ? `${method} ${answer.statusCode}` : `${method} cut off`))
        answer.on('error', (error) => resolve(`${method} ${error.message}`))
      },
    )
    sent.on('error', (error) => resolve(`${method} ${error.message}`))
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.end(isWrite ? JSON.stringify({ text: `note ${number}` }) : undefined)
  })
}

async function askOn(): Promise<void> {
  for (let number = 1; !isOver; number++) {
    const began = performance.now()
    const outcome = await ask(number)
    slowestMs = Math.max(slowestMs, performance.now() - began)
    counts[outcome] = (counts[outcome] ?? 0) + 1
    // Constant, but bounded: the machine has other things to do.
    await delay(10)
  }
}

await Promise.all(Array.from({ length: Number(clients) }, askOn))
agent.destroy()
stdout.write(JSON.stringify({ counts, slowestMs: Math.round(slowestMs) }))

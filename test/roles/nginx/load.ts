/** Asks an address over and over, each time on a new connection, until told to end; prints how it went. Arguments: URL, connections. */

import { request } from 'node:http'
import { argv, stdin, stdout } from 'node:process'

const [, , url = '', connections = '1'] = argv
const counts: Record<string, number> = {}
let isOver = false
stdin.on('end', () => {
  isOver = true
})
stdin.resume()

function ask(): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, headers: { connection: 'close' }, timeout: 5000 }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk
      })
      answer.on('end', () => resolve(answer.complete && text.endsWith('.') ? String(answer.statusCode) : 'cut off'))
      answer.on('error', (error) => resolve(error.message))
    })
    sent.on('error', (error) => resolve(error.message))
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')))
    sent.end()
  })
}

async function askOn(): Promise<void> {
  while (!isOver) {
    const outcome = await ask()
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
}

await Promise.all(Array.from({ length: Number(connections) }, askOn))
stdout.write(JSON.stringify(counts))

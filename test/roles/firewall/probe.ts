/** Knocks at ports from wherever it runs, and tells how each answers. Arguments: an address and ports. */

import { connect } from 'node:net'
import { argv, stdout } from 'node:process'

const patienceMs = 700
const [address = '', ...ports] = argv.slice(2)

/** `open`, `refused`, or `silent` where nothing comes back. */
function knock(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port })
    const end = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(patienceMs, () => end('silent'))
    socket.on('connect', () => end('open'))
    socket.on('error', () => end('refused'))
  })
}

const answers = await Promise.all(ports.map(async (port) => [port, await knock(Number(port))] as const))
stdout.write(JSON.stringify(Object.fromEntries(answers)))

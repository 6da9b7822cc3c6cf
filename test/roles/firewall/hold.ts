/** Holds one connection to a web server; for each line it reads it asks once more over it, and prints the status line. */

import { connect } from 'node:net'
import { argv, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'

const [host = '', port = ''] = argv.slice(2)
const socket = connect({ host, port: Number(port) })
socket.on('data', (chunk: Buffer) => stdout.write(`${chunk.toString().split('\r\n')[0]}\n`))
socket.on('error', (error) => stdout.write(`${error.message}\n`))
for await (const _line of createInterface({ input: stdin })) {
  socket.write(`HEAD / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
}
socket.destroy()

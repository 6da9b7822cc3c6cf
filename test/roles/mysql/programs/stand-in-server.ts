/** A stand-in for a database server on a socket: it speaks as much of the protocol as the health daemon needs. */

import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, string | null>>

/** What it answers to a statement: rows, an error, nothing at all, or the end of the connection. */
export type Answer = readonly Row[] | { readonly error: string } | 'nothing' | 'hang up'

/**
 * Starts it. Tests may replace `answerTo` at any time; what was left without an answer gets one by `release`. If `isDeaf`, it resets each
 * connection instead.
 */
export async function standInServer(folder: string, version: string, answerTo: (statement: string) => Answer) {
  const state = { answerTo, isDeaf: false, connections: 0, statements: [] as string[] }
  const held: (() => void)[] = []
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    state.connections += 1
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.write(packet(0, Buffer.concat([Buffer.from([10]), Buffer.from(`${version}\0`), Buffer.alloc(44)])))
    // The system resets a connection that is closed with something unread in it.
    if (state.isDeaf) return void setTimeout(() => socket.destroy(), 200)
    let isIn = false
    let pending = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 4 && pending.length >= 4 + pending.readUIntLE(0, 3)) {
        const payload = pending.subarray(4, 4 + pending.readUIntLE(0, 3))
        pending = pending.subarray(4 + payload.length)
        if (isIn) reply(socket, payload.subarray(1).toString())
        else socket.write(packet(2, Buffer.from([0, 0, 0, 2, 0, 0, 0])))
        isIn = true
      }
    })
    socket.resume()
  })
  const reply = (socket: Socket, statement: string) => {
    state.statements.push(statement)
    const answer = state.answerTo(statement)
    if (answer === 'nothing') held.push(() => reply(socket, statement))
    else if (answer === 'hang up') socket.destroy()
    else if ('error' in answer) socket.write(packet(1, Buffer.from(`\xff\x10\x04#HY000${answer.error}`, 'latin1')))
    else socket.write(resultOf(answer))
  }
  const path = join(folder, 'mysqld.sock')
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const stop = () => {
    server.close()
    for (const socket of open) socket.destroy()
  }
  onTestFinished(stop)
  return Object.assign(state, { path, stop, release: () => held.splice(0).forEach((answer) => void answer()) })
}

const end = Buffer.from([0xfe, 0, 0, 2, 0])

function resultOf(rows: readonly Row[]): Buffer {
  const names = Object.keys(rows[0] ?? { nothing: null })
  const column = (name: string) => Buffer.concat(['def', '', '', '', name].map(lengthAndText))
  const values = (row: Row) => Buffer.concat(names.map((name) => lengthAndText(row[name] ?? null)))
  const payloads = [Buffer.from([names.length]), ...names.map(column), end, ...rows.map(values), end]
  return Buffer.concat(payloads.map((payload, index) => packet(index + 1, payload)))
}

function lengthAndText(text: string | null): Buffer {
  if (text === null) return Buffer.from([0xfb])
  const bytes = Buffer.from(text)
  const length =
    bytes.length < 251 ? Buffer.from([bytes.length]) : Buffer.from([0xfc, bytes.length & 255, bytes.length >> 8])
  return Buffer.concat([length, bytes])
}

function packet(sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4)
  header.writeUIntLE(payload.length, 0, 3)
  header[3] = sequence
  return Buffer.concat([header, payload])
}

/** Speaks with an SSH agent: the keys it holds, certificates and FIDO keys too, and signatures by them. */

import { connect } from 'node:net'
import { wireString } from './wire-format.ts'

const requestIdentities = 11
const identitiesAnswer = 12
const signRequest = 13
const signResponse = 14
const longestAnswer = 2 ** 20

/** The public keys that the agent at `socketPath` holds, in the wire format. */
export async function listAgentKeys(socketPath: string): Promise<Buffer[]> {
  const answer = await ask(socketPath, Buffer.from([requestIdentities]), identitiesAnswer)
  const keys: Buffer[] = []
  let at = 4
  for (let left = answer.readUInt32BE(0); left > 0; left--) {
    const end = at + 4 + answer.readUInt32BE(at)
    keys.push(answer.subarray(at + 4, end))
    // A comment follows.
    at = end + 4 + answer.readUInt32BE(end)
  }
  return keys
}

/** The agent's signature of `data` by `key`, with its format in front; `flags` choose the hash of RSA. */
export async function signByAgent(socketPath: string, key: Buffer, data: Buffer, flags: number): Promise<Buffer> {
  const end = Buffer.alloc(4)
  end.writeUInt32BE(flags)
  const request = Buffer.concat([Buffer.from([signRequest]), wireString(key), wireString(data), end])
  const answer = await ask(socketPath, request, signResponse)
  return answer.subarray(4, 4 + answer.readUInt32BE(0))
}

/** The body of the answer to one request. */
function ask(socketPath: string, request: Buffer, expected: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    // An agent that never answers must not keep this process from ending.
    socket.unref()
    let received = Buffer.alloc(0)
    const fail = (error: Error) => {
      socket.destroy()
      reject(error)
    }
    socket.on('error', (error: NodeJS.ErrnoException) =>
      fail(new Error(`Failed to connect to agent: ${error.code ?? error.message}`)),
    )
    socket.on('close', () => fail(new Error('the agent hung up')))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4) return
      const length = received.readUInt32BE(0)
      if (length > longestAnswer) return fail(new Error('the answer of the agent is not understood'))
      if (received.length < 4 + length) return
      socket.destroy()
      if (received[4] === expected) resolve(received.subarray(5, 4 + length))
      else reject(new Error('the agent refused'))
    })
    socket.write(wireString(request))
  })
}

/** An SSH server on loopback that goes along up to a point, and then floods, lies or says nothing more. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type ServerChannel } from 'ssh2'

/** What a client has sent to a shell, as far as the shell knows. */
export interface HostileShell {
  readonly channel: ServerChannel
  /** What the toolkit waits for before it sends anything. */
  readonly ready: string
  /** What sudo would ask with. */
  readonly prompt: string
  /** Says on both streams that the shell is ready. */
  becomeReady(): void
  /** The next line that the client sends. */
  line(): Promise<string>
  /** The greeting of a shell that does as it should; gives the mark. */
  greet(): Promise<string>
}

/** What the server does; whatever it leaves out never happens. */
export interface Hostile {
  /** Takes the connection over before SSH begins. */
  readonly socket?: (socket: Socket) => void
  /** Whether logins are answered. */
  readonly answersLogin?: boolean
  /** Whether sessions are opened. */
  readonly opensSessions?: boolean
  /** What the shell with this number, from 1, does. */
  readonly shell?: (shell: HostileShell, number: number) => Promise<void> | void
}

/** Starts a server in `folder`. */
export async function startHostileServer(folder: string, behaviour: Hostile) {
  for (const name of ['host', 'id']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  }
  const sockets = new Set<Socket>()
  let shells = 0
  const protocol = new ssh2.Server({ hostKeys: [readFileSync(join(folder, 'host'))] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (request) => {
      if (behaviour.answersLogin !== false) request.accept()
    })
    client.on('session', (accept) => {
      if (behaviour.opensSessions === false) return
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        channel.on('error', () => {})
        shells += 1
        void behaviour.shell?.(shellOf(channel, command), shells)
      })
    })
  })
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (behaviour.socket) behaviour.socket(socket)
    else protocol.injectSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ')
  return {
    port,
    knownHost: `[127.0.0.1]:${port} ${hostKey}\n`,
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function shellOf(channel: ServerChannel, command: string): HostileShell {
  const [, first = '', second = ''] = / ([0-9a-f]{16}) ([0-9a-f]{16})/.exec(command) ?? []
  const [, asked = '', asking = ''] = /p=([0-9a-f]{8}); exec sudo -S -p "\$p"([0-9a-f]{8}:)/.exec(command) ?? []
  const ready = `${first}${second}`
  let input = ''
  let wake = () => {}
  channel.on('data', (chunk: Buffer) => {
    input += chunk
    wake()
  })
  const line = async () => {
    while (!input.includes('\n')) await new Promise<void>((resolve) => (wake = resolve))
    const end = input.indexOf('\n')
    const text = input.slice(0, end)
    input = input.slice(end + 1)
    return text
  }
  const both = (text: string) => {
    channel.write(text)
    channel.stderr.write(text)
  }
  const becomeReady = () => both(`\n${ready}\n`)
  return {
    channel,
    ready,
    prompt: `${asked}${asking}`,
    becomeReady,
    line,
    async greet() {
      becomeReady()
      const mark = await line()
      await line()
      for (const answer of ['boot b00t', 'shell 4711', 'writing ']) channel.write(`\n${mark}=${answer}\n`)
      both(`\n${mark} 0\n`)
      return mark
    },
  }
}

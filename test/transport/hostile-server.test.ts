/** Hostile servers against the command itself: each ends within its limit, with the right code, and the process is gone. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { inventoryText } from '../bad-input/project.ts'
import { startCommand } from '../cli/command.ts'
import { type Hostile, type HostileShell, startHostileServer } from './hostile-server.ts'

interface Case extends Hostile {
  readonly code: string
  readonly exitCode: number
  readonly settings?: string
  readonly says?: RegExp
}

// Each case has a short limit of its own; the others must not be what ends it.
const limits = 'reconnectTimeoutMs: 1000,'
const chunk = Buffer.alloc(100_000, 'x')

/** Writes as long as the other side takes it. */
function flood({ channel }: HostileShell): void {
  const write = () => {
    if (channel.destroyed) return
    if (channel.write(chunk)) setTimeout(write, 1)
    else channel.once('drain', write)
  }
  write()
}

const leftovers: (() => void)[] = []
afterAll(() => {
  for (const remove of leftovers) remove()
})

/** A project whose only host is a hostile server. */
async function projectFor(behaviour: Hostile, settings: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-hostile-'))
  const server = await startHostileServer(folder, behaviour)
  leftovers.push(() => {
    server.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  writeFileSync(join(folder, 'known'), server.knownHost)
  const own = `user: 'ann', port: ${server.port}, identityFile: '${folder}/id', knownHostsFile: '${folder}/known', sshConfigFile: false,`
  const text = inventoryText({ tasks: "file({ path: '/etc/a', content: '' })", host: settings }, '127.0.0.1', own)
  writeFileSync(join(folder, 'dev.ts'), text)
  return folder
}

describe.concurrent('a server that', () => {
  test.each<[string, Case]>([
    [
      'is silent from the start',
      { socket: () => {}, settings: 'connectTimeoutMs: 1500,', code: 'connect-timed-out', exitCode: 4 },
    ],
    [
      'is silent after its greeting',
      {
        socket: (socket) => void socket.write('SSH-2.0-hostile\r\n'),
        settings: 'connectTimeoutMs: 1500,',
        code: 'connect-timed-out',
        exitCode: 4,
      },
    ],
    [
      'greets without end',
      {
        socket: (socket) => {
          const write = () => void (!socket.destroyed && socket.write(chunk, () => setTimeout(write, 1)))
          write()
        },
        code: 'not-ssh',
        exitCode: 4,
      },
    ],
    [
      'does not answer the login',
      { answersLogin: false, settings: 'connectTimeoutMs: 3000,', code: 'connect-timed-out', exitCode: 4 },
    ],
    [
      'opens no session',
      { opensSessions: false, settings: 'shellTimeoutMs: 1000,', code: 'shell-timed-out', exitCode: 4 },
    ],
    [
      'starts a shell that is silent',
      { shell: () => {}, settings: 'shellTimeoutMs: 1000,', code: 'shell-timed-out', exitCode: 4, says: /\.bashrc/ },
    ],
    [
      'floods before the shell is ready',
      { shell: flood, settings: 'shellTimeoutMs: 1000,', code: 'shell-timed-out', exitCode: 4, says: /\.bashrc/ },
    ],
    [
      'takes the password and is silent',
      {
        shell: ({ channel, prompt }) => void channel.stderr.write(prompt),
        settings: "shellTimeoutMs: 1000, becomePassword: new Secret('sudo', 'correct horse'),",
        code: 'shell-timed-out',
        exitCode: 4,
        says: /sudo has the password for root/,
      },
    ],
    [
      'is silent once the shell is ready',
      {
        shell: (shell) => shell.becomeReady(),
        settings: 'shellTimeoutMs: 1000,',
        code: 'shell-timed-out',
        exitCode: 4,
      },
    ],
    [
      'gives a greeting that is none',
      {
        shell: async (shell) => {
          shell.becomeReady()
          const mark = await shell.line()
          for (const stream of [shell.channel, shell.channel.stderr]) stream.write(`boot b00t\n\n${mark} 0\n`)
        },
        code: 'answer-not-understood',
        exitCode: 4,
      },
    ],
    [
      'is silent in the middle of a section, and towards a second session too',
      {
        shell: async (shell, number) => {
          if (number % 2 === 1) await shell.greet()
          shell.channel.write('half of it')
        },
        settings: 'silenceTimeoutMs: 1000,',
        code: 'shell-silent',
        exitCode: 4,
      },
    ],
    [
      'says that its shell lives, but never ends a section',
      {
        shell: async (shell, number) => {
          if (number === 1) return void (await shell.greet())
          shell.channel.write(`\n${shell.ready} alive\n`)
          shell.channel.exit(0)
          shell.channel.end()
        },
        settings: 'silenceTimeoutMs: 1000, readTimeoutMs: 3000,',
        code: 'answer-timed-out',
        exitCode: 4,
        says: /readTimeoutMs/,
      },
    ],
    [
      'floods in the middle of a section, in one line',
      {
        shell: async (shell) => {
          await shell.greet()
          flood(shell)
        },
        settings: 'readLimitBytes: 1_000_000,',
        code: 'output-too-long',
        exitCode: 2,
        says: /readLimitBytes/,
      },
    ],
    [
      'forges the end of a section',
      {
        shell: async ({ channel, greet }) => {
          const mark = await greet()
          channel.write(`\n${mark} root\n`)
        },
        code: 'answer-not-understood',
        exitCode: 4,
      },
    ],
    [
      'answers what it was not asked',
      {
        shell: async ({ channel, greet, line }) => {
          const mark = await greet()
          await line()
          for (let sent = 0; sent < 1000; sent++) channel.write(`\n${mark} 0\n`)
        },
        code: 'answer-not-understood',
        exitCode: 4,
      },
    ],
    [
      'cuts every connection in the middle of a section',
      {
        shell: async ({ channel, greet }) => {
          await greet()
          channel.write('half of it')
          channel.destroy()
        },
        code: 'connection-lost',
        exitCode: 4,
      },
    ],
  ])('%s', async (_name, { code, exitCode, settings = '', says, ...behaviour }) => {
    const folder = await projectFor(behaviour, `${limits} ${settings}`)
    const ended = await startCommand(['apply', 'dev.ts'], { folder }).ended
    const text = `${ended.stdout}${ended.stderr}`
    expect(text).toContain(`[${code}]`)
    if (says) expect(text).toMatch(says)
    expect(ended.code).toBe(exitCode)
  })
})

describe.concurrent('a signal ends the wait for a server that', () => {
  const waits: [string, Hostile, string][] = [
    ['does not greet', { socket: () => {} }, ''],
    ['starts no shell', { shell: () => {} }, ''],
    [
      'has the password for sudo',
      { shell: ({ channel, prompt }) => void channel.stderr.write(prompt) },
      "becomePassword: new Secret('sudo', 'correct horse'),",
    ],
    ['does not end a section', { shell: async ({ greet }) => void (await greet()) }, ''],
    [
      'closes every connection',
      { shell: ({ channel }) => void channel.destroy() },
      'reconnectTimeoutMs: 3_600_000, shellTimeoutMs: 3_600_000,',
    ],
  ]
  test.each(
    waits.flatMap(([name, behaviour, settings]) =>
      (['SIGINT', 'SIGTERM'] as const).map((signal) => ({ name, behaviour, settings, signal })),
    ),
  )('$name ($signal)', async ({ behaviour, settings, signal }) => {
    const begun = Promise.withResolvers<void>()
    const folder = await projectFor(
      {
        ...behaviour,
        ...(behaviour.socket ? { socket: () => begun.resolve() } : {}),
        shell: async (shell, number) => {
          begun.resolve()
          await behaviour.shell?.(shell, number)
        },
      },
      `connectTimeoutMs: 3_600_000, ${settings}`,
    )
    const { ended, kill } = startCommand(['apply', 'dev.ts'], { folder })
    await begun.promise
    setTimeout(() => kill(signal), 500)
    expect((await ended).code).toBe(130)
  })
})

describe.concurrent('what the user interrupts is not called unreachable', () => {
  test.each([
    ['apply dev.ts', 'does not greet', { socket: () => {} }],
    ['apply dev.ts', 'starts no shell', { shell: () => {} }],
    ['run dev.ts -- sleep 60', 'does not greet', { socket: () => {} }],
    ['run dev.ts -- sleep 60', 'runs the command', { shell: () => {} }],
    ['status dev.ts', 'starts no shell', { shell: () => {} }],
  ] satisfies [string, string, Hostile][])('%s on a server that %s', async (line, _name, behaviour) => {
    const begun = Promise.withResolvers<void>()
    const begin = () => begun.resolve()
    const folder = await projectFor(
      'socket' in behaviour ? { socket: begin } : { shell: begin },
      'connectTimeoutMs: 3_600_000,',
    )
    const { ended, kill } = startCommand(line.split(' '), { folder })
    await begun.promise
    setTimeout(() => kill('SIGINT'), 500)
    const { code, stdout, stderr } = await ended
    expect(code).toBe(130)
    expect(`${stdout}${stderr}`).not.toMatch(
      /[^|] *[1-9]\d* +unreachable|unreachable:|hosts? unreachable|no host was reached|failed: /,
    )
    expect(`${stdout}${stderr}`).toMatch(/interrupted/)
  })
})

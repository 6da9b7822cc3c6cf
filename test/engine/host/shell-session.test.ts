/** A session from its start to its end: logins that make noise, hosts that flood, fall silent or lie, and interruptions. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kill } from 'node:process'
import { afterAll, describe, expect, it } from 'vitest'
import { limitsOf } from '../../../src/engine/host/session-limits.ts'
import { type SessionSettings, ShellSession } from '../../../src/engine/host/shell-session.ts'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import type { Section } from '../../../src/protocol/section.ts'
import { Secret } from '../../../src/shell/secret.ts'
import type { ChannelListener, Connection } from '../../../src/transport/transport.ts'
import { connectionWith } from './profile-host.ts'
import { type Script, scriptedHost } from './scripted-host.ts'

const leftovers: (() => void)[] = []
afterAll(() => {
  for (const remove of leftovers.reverse()) remove()
})

const password = new Secret('sudo', 'correct horse')
const read = (script: string): Section[] => [{ kind: 'read', script }]
const run = (script: string): Section[] => [{ kind: 'run', script }]
const operation = '1'

/** A session on `connection`, and what it told. */
function sessionOn(
  connection: Connection,
  settings: ConnectionSettings = {},
  more: Partial<SessionSettings> = {},
  signal?: AbortSignal,
) {
  const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-session-'))
  const notices: string[] = []
  const session = ShellSession.open(
    connection,
    {
      host: 'web1',
      user: undefined,
      readOnly: false,
      folder: `D=${folder}`,
      limits: limitsOf(settings),
      onNotice: (text) => notices.push(text),
      ...more,
    },
    signal,
  )
  leftovers.push(() => {
    connection.close()
    // A shell that was given up may still be at work there.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  })
  return { session, notices }
}

/** The same connection, whose channels tell of their error output a little later. */
function withLateErrors(connection: Connection): Connection {
  const late = (listener: ChannelListener): ChannelListener => ({
    stdout: (chunk) => listener.stdout(chunk),
    stderr: (chunk) => setTimeout(() => listener.stderr(chunk), 100),
    closed: (end) => listener.closed(end),
  })
  return {
    open: (command, listener) => connection.open(command, late(listener)),
    close: () => connection.close(),
    traffic: () => connection.traffic(),
  }
}

async function scripted(script: Partial<Script>): Promise<Connection> {
  const host = scriptedHost({ react: () => ({ kind: 'answer', outputs: ['done'] }), ...script })
  return host.transport.connect({ name: 'web1', address: 'web1', settings: {} })
}

describe('what a login prints', () => {
  it.each([
    ['a line', 'echo Welcome'],
    ['a line on the other stream', 'echo Welcome >&2'],
    ['text without an end', 'printf Welcome; printf Welcome >&2'],
    ['a boot id of its own', 'cat /proc/sys/kernel/random/uuid'],
    ['a forged mark', 'printf "\\n0123456789abcdef0123456789abcdef 0\\n"'],
    ['every byte there is', 'head -c 200000 /dev/urandom'],
    ['its commands', 'PS4="+ "', true],
  ])('is no answer: %s', async (_name, profile, isTraced = false) => {
    const { session } = sessionOn(await connectionWith(profile, { isTraced: isTraced as boolean }))
    const { bootId } = await session.greeting()
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/)
    const [result] = await session.roundTrip(read('echo answer; echo problem >&2; exit 3'))
    expect(result).toMatchObject({ status: 3 })
    expect(result?.stdout.toString()).toBe('answer\n')
    expect(result?.stderr.toString()).toBe('problem\n')
    await session.close()
  })

  it('while the shell works is no answer either', async () => {
    const noise = 'while :; do echo "boot 0"; echo "operation 1 0"; sleep 0.001; done & trap "kill $!" EXIT'
    const { session } = sessionOn(await connectionWith(`( ${noise} )  & sleep 0.1`))
    const { bootId } = await session.greeting()
    expect(bootId).toMatch(/^[0-9a-f-]{36}$/)
    const [result] = await session.roundTrip([{ kind: 'session', script: 'sleep 0.1; a "operation 7 1"' }])
    expect(session.answersIn(result as never).answers).toEqual(['operation 7 1'])
  })

  it('between two messages is left out, and a notice says so', async () => {
    const { session, notices } = sessionOn(await connectionWith('( sleep 0.6; echo held ) &'))
    await session.roundTrip(read('echo first'))
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const [result] = await session.roundTrip(read('echo second'))
    expect(result?.stdout.toString()).toBe('second\n')
    expect(notices).toEqual([expect.stringContaining('"held"')])
  })

  it('is told where the login ends without a shell', async () => {
    const { session } = sessionOn(await connectionWith('echo Under maintenance >&2; exit 7'))
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({
      code: 'shell-refused',
      detail: expect.stringContaining('Under maintenance'),
    })
  })

  it('does not get what is meant for the shell', async () => {
    const { session } = sessionOn(await connectionWith('read -t 0.3 line; echo "it read $line"'))
    const [result] = await session.roundTrip(read('echo answer'))
    expect(result?.stdout.toString()).toBe('answer\n')
  })
})

describe.concurrent('a shell that does not start', () => {
  it.each([
    ['waits', 'sleep 60'],
    ['waits for input', 'cat >/dev/null'],
    ['floods', 'yes Welcome'],
    ['joins its outputs', 'exec 2>&1'],
  ])('because its login %s is given up, and the profile is named', async (_name, profile) => {
    const { session } = sessionOn(await connectionWith(profile), { shellTimeoutMs: 500 })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({
      code: 'shell-timed-out',
      family: 'unreachable',
      hint: expect.stringContaining('.bashrc'),
    })
    await expect(session.greeting()).rejects.toMatchObject({ code: 'shell-timed-out' })
  })

  it('because its channel is never opened is given up', async () => {
    const connection: Connection = {
      open: () => new Promise(() => {}),
      close: () => {},
      traffic: () => ({ sent: 0, received: 0 }),
    }
    const { session } = sessionOn(connection, { shellTimeoutMs: 100 })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'shell-timed-out' })
  })

  it('because nothing comes after it is ready is given up', async () => {
    const connection = await scripted({ login: (_send, ready) => ready() })
    const silent: Connection = {
      ...connection,
      open: async (command, listener) => ({ ...(await connection.open(command, listener)), write: async () => {} }),
    }
    const { session } = sessionOn(silent, { shellTimeoutMs: 100 })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'shell-timed-out' })
  })

  it('ends with an interruption, whatever it waits for', async () => {
    const controller = new AbortController()
    const { session } = sessionOn(await connectionWith('sleep 60'), {}, {}, controller.signal)
    setTimeout(() => controller.abort(), 50)
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'interrupted', family: 'interrupted' })
  })
})

describe('the password for sudo', () => {
  /** A sudo that asks, and what was written to it. */
  const asking = (rights: string[], noise = '') => {
    const written: string[] = []
    let prompt = ''
    const script: Partial<Script> = {
      login: (send, ready, received) => {
        if (received !== '') written.push(received)
        if (received === '') send('stderr', noise)
        if (received === '' || !rights.includes(received)) send('stderr', prompt)
        else ready()
      },
    }
    const wrap = async () => {
      const connection = await scripted(script)
      return {
        ...connection,
        open: (command: string, listener: Parameters<Connection['open']>[1]) => {
          const [, first = '', second = ''] = /p=([0-9a-f]{8}); exec sudo -S -p "\$p"([0-9a-f]{8}:)/.exec(command) ?? []
          prompt = `${first}${second}`
          return connection.open(command, listener)
        },
      }
    }
    return { wrap, written }
  }

  it('is sent once sudo asks for it, and nothing before', async () => {
    const { wrap, written } = asking(['correct horse'])
    const { session } = sessionOn(await wrap(), {}, { user: 'root', password })
    const [result] = await session.roundTrip(read('id'))
    expect(result?.status).toBe(0)
    expect(written).toEqual(['correct horse'])
  })

  it('and the mark are told apart, whatever the login prints before', async () => {
    const { wrap, written } = asking(['correct horse'], 'Password: please\n[sudo] password for root:')
    const { session } = sessionOn(await wrap(), {}, { user: 'root', password })
    await session.roundTrip(read('id'))
    expect(written).toEqual(['correct horse'])
  })

  it('that is wrong is sent once', async () => {
    const { wrap, written } = asking(['another'])
    const { session } = sessionOn(await wrap(), {}, { user: 'root', password })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'become-refused' })
    expect(written).toEqual(['correct horse'])
  })

  it('after which nothing comes is given up, and sudo is named', async () => {
    const connection = await scripted({ login: () => {} })
    const { session } = sessionOn(
      {
        ...connection,
        open: (command, listener) => {
          const [, first = '', second = ''] = /p=([0-9a-f]{8}); exec sudo -S -p "\$p"([0-9a-f]{8}:)/.exec(command) ?? []
          queueMicrotask(() => listener.stderr(Buffer.from(`${first}${second}`)))
          return connection.open(command, listener)
        },
      },
      { shellTimeoutMs: 200 },
      { user: 'root', password },
    )
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({
      code: 'shell-timed-out',
      detail: expect.stringContaining('sudo has the password for root'),
      hint: expect.stringContaining('LDAP'),
    })
  })
})

describe.concurrent('a shell at work', () => {
  it('that prints more than a reading may is given up at once', async () => {
    const { session } = sessionOn(await connectionWith(''), { readLimitBytes: 1_000_000 })
    await expect(session.roundTrip(read('yes'))).rejects.toMatchObject({ code: 'output-too-long', family: 'task' })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'output-too-long' })
  })

  it('keeps the end of what a command prints', async () => {
    const { session } = sessionOn(await connectionWith(''), { outputLimitBytes: 300_000 })
    const [result] = await session.roundTrip(run('yes | head -c 20000000; echo the end'), { operation })
    expect(result?.status).toBe(0)
    expect(result?.stdout.toString()).toMatch(/^\[the first \d+ bytes are left out\]\n[\s\S]*\nthe end\n$/)
    expect(result?.stdout.length).toBeLessThan(600_000)
  })

  it('is heard section by section, even if its error output comes late', async () => {
    const { session } = sessionOn(withLateErrors(await connectionWith('')))
    const heard: string[] = []
    await session.roundTrip([...run('echo applied'), ...read('echo an answer')], {
      operation,
      onOutput: (section, _stream, chunk) => heard.push(`${section} ${chunk.toString().trim()}`),
    })
    expect(heard.filter((text) => text.length > 2)).toEqual(['0 applied', '1 an answer'])
  })

  it('that reads for longer than its limit is given up', async () => {
    const { session } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 200, readTimeoutMs: 400 })
    await expect(session.roundTrip(read('sleep 60'))).rejects.toMatchObject({ code: 'answer-timed-out' })
  })

  it('that gives an answer now and then may take longer than the limit', async () => {
    const { session } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 200, readTimeoutMs: 1000 })
    const script = 'for x in 1 2 3 4 5 6 7 8; do a waiting; sleep 0.3; done'
    const [result] = await session.roundTrip([{ kind: 'session', script }])
    expect(result?.status).toBe(0)
  })

  it('may be silent for as long as it lives', async () => {
    const { session, notices } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 200 })
    const [result] = await session.roundTrip(run('sleep 1.5; echo done'), { operation })
    expect(result?.stdout.toString()).toBe('done\n')
    expect(notices).toEqual([])
  })

  it('that was stopped is given up after the limit for silence, and its process is named', async () => {
    const { session } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 400 })
    const { processId } = await session.greeting()
    kill(processId, 'SIGSTOP')
    leftovers.push(() => void kill(processId, 'SIGKILL'))
    await expect(session.roundTrip(run('echo'), { operation })).rejects.toMatchObject({
      code: 'shell-stopped',
      hint: expect.stringContaining(`kill -CONT ${processId}`),
    })
  })

  it('whose command was stopped says so and waits for it', async () => {
    const { session, notices } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 400 })
    const [result] = await session.roundTrip(
      run('sleep 60 & p=$!; sleep 0.3; kill -STOP $p; ( sleep 2; kill -KILL $p ) & wait $p; echo "ended"'),
      { operation },
    )
    expect(result?.stdout.toString()).toContain('ended\n')
    expect(notices).toEqual([expect.stringMatching(/process \d+ \(sleep\) on the host is stopped/)])
  })

  it('on a host that starts no other session is given up as lost', async () => {
    let opened = 0
    const connection = await scripted({ react: () => ({ kind: 'silence' }) })
    const { session } = sessionOn(
      { ...connection, open: (...given) => (opened++ === 0 ? connection.open(...given) : new Promise(() => {})) },
      { silenceTimeoutMs: 200 },
    )
    await expect(session.roundTrip(run('make'), { operation })).rejects.toMatchObject({
      code: 'shell-silent',
      detail: expect.stringContaining('starts no other session'),
    })
  })

  it('whose process is gone is given up as lost, although its channel stays open', async () => {
    const { session } = sessionOn(await connectionWith(''), { silenceTimeoutMs: 200 })
    const { processId } = await session.greeting()
    const working = session.roundTrip(run('trap "" HUP; sleep 5'), { operation })
    setTimeout(() => kill(processId, 'SIGKILL'), 100)
    await expect(working).rejects.toMatchObject({ code: 'shell-lost' })
  })

  it('ends with an interruption', async () => {
    const controller = new AbortController()
    const { session } = sessionOn(await connectionWith(''))
    setTimeout(() => controller.abort(), 50)
    await expect(session.roundTrip(run('sleep 60'), { operation, signal: controller.signal })).rejects.toMatchObject({
      code: 'interrupted',
    })
  })

  it('to which a file was not sent whole is not asked anything more', async () => {
    const { session } = sessionOn(await connectionWith(''))
    const file = join(mkdtempSync(join(tmpdir(), 'foobar-deploy-content-')), 'content')
    writeFileSync(file, 'short')
    const content = { file, size: 100 } as never
    await expect(
      session.roundTrip([{ kind: 'receive', path: `${file}.copy`, content }], { operation }),
    ).rejects.toMatchObject({
      code: 'file-moved',
    })
    await expect(session.roundTrip(read('id'))).rejects.toMatchObject({ code: 'file-moved' })
  })
})

/** The link to a host that is lost, rebooted, locked or lies: what is sent again, what never is, and how it ends. */

import { describe, expect, it, vi } from 'vitest'
import { HostLink, type LinkSettings } from '../../../src/engine/host/host-link.ts'
import { FoobarDeployError } from '../../../src/errors.ts'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import type { Section } from '../../../src/protocol/section.ts'
import { connectionLost, type Reaction, type Received, type ScriptedHost, scriptedHost } from './scripted-host.ts'

const read = (script: string): Section[] => [{ kind: 'read', script }]
const change: Section[] = [{ kind: 'run', script: 'systemctl reload nginx' }]
const answer = (...outputs: string[]): Reaction => ({ kind: 'answer', outputs })
const isLocking = ({ text }: Received) => text.includes('flock')
const isAsking = ({ text }: Received) => text.includes('a "begun ')

/** A link to `host`, and what it told. */
function linkTo(host: ScriptedHost, settings: ConnectionSettings = {}, more: Partial<LinkSettings> = {}) {
  const reconnected: string[] = []
  const link = new HostLink({
    target: { name: 'web1', address: 'web1', settings: { reconnectTimeoutMs: 5000, ...settings } },
    transport: host.transport,
    owner: { runId: 'a1b2c3', description: 'ann@desk' },
    user: 'root',
    readOnly: false,
    stop: undefined,
    kill: undefined,
    onReconnected: (reason) => reconnected.push(reason),
    onNotice: () => {},
    ...more,
  })
  return { link, reconnected }
}

const nothing = () => {}

describe.concurrent('a reading', () => {
  it('that is lost is made again on a new connection', async () => {
    const host = scriptedHost({
      react: ({ connection }) => (connection === 1 ? { kind: 'cut' } : answer('nginx is there')),
    })
    const { link, reconnected } = linkTo(host)
    await link.connect()
    const [result] = await link.read('root', read('cat /etc/nginx'))
    expect(result?.stdout.toString()).toContain('nginx is there')
    expect(reconnected).toHaveLength(1)
    await link.close()
    expect(host.open()).toBe(0)
  })

  it('of three users that is lost for all of them makes one new connection, and every connection is closed', async () => {
    const host = scriptedHost({
      react: ({ connection, user }) => {
        if (connection > 1) return answer(`read as ${user}`)
        return user === 'deploy' ? { kind: 'cut' } : { kind: 'silence' }
      },
    })
    const { link, reconnected } = linkTo(host)
    await link.connect()
    const results = await Promise.all(['root', 'app', 'deploy'].map((user) => link.read(user, read('id'))))
    expect(results.map(([result]) => result?.stdout.toString().trim())).toEqual([
      'read as root',
      'read as app',
      'read as deploy',
    ])
    expect(host.connections()).toBe(2)
    expect(reconnected).toHaveLength(1)
    await link.close()
    expect(host.open()).toBe(0)
  })

  it('of three users, none of which can be made again, fails for each with the same error', async () => {
    const host = scriptedHost({
      connect: (connection) => (connection > 1 ? connectionLost() : undefined),
      react: () => ({ kind: 'cut' }),
    })
    const { link } = linkTo(host, { reconnectTimeoutMs: 400 })
    await link.connect()
    const results = await Promise.allSettled(['root', 'app', 'deploy'].map((user) => link.read(user, read('id'))))
    expect(results).toMatchObject(
      Array(3).fill({ status: 'rejected', reason: { code: 'connection-lost', family: 'unreachable' } }),
    )
    await expect(link.read('root', read('id'))).rejects.toMatchObject({ code: 'connection-lost' })
    await link.close()
    expect(host.open()).toBe(0)
  })

  it('on a connection that is lost every time is given up', async () => {
    const host = scriptedHost({ react: () => ({ kind: 'cut' }) })
    const { link } = linkTo(host)
    await link.connect()
    await expect(link.read('root', read('id'))).rejects.toMatchObject({ code: 'connection-lost' })
    expect(host.connections()).toBe(11)
  }, 60_000)
})

describe.concurrent('an operation', () => {
  /** A host that loses the connection with the first operation, and says this when it is asked what became of it. */
  const losing = (record: string, extra: Partial<Parameters<typeof scriptedHost>[0]> = {}) =>
    scriptedHost({
      react: (message) => {
        if (isAsking(message)) return answer(record)
        return message.operation && message.connection === 1 ? { kind: 'cut' } : answer('done')
      },
      ...extra,
    })
  const sent = ({ messages }: ScriptedHost) => messages.filter(({ operation }) => operation !== undefined)

  it('that is not lost brings the results of its sections', async () => {
    const host = scriptedHost({ react: () => answer('reloaded') })
    const { link } = linkTo(host)
    await link.connect()
    const outcome = await link.operate('root', change, nothing)
    expect(outcome).toMatchObject({ kind: 'results', results: [{ status: 0 }] })
  })

  it('that never arrived is sent again', async () => {
    const host = losing('=absent')
    const { link } = linkTo(host)
    await link.connect()
    expect(await link.operate('root', change, nothing)).toMatchObject({ kind: 'results' })
    // Under another name: the first is on record as one that never was, and a message that comes late is refused.
    expect(sent(host).map(({ connection, operation }) => [connection, operation])).toEqual([
      [1, '1'],
      [2, '2'],
    ])
  })

  it.each([
    ['ended well', '=begun 0\nreloaded', 0],
    ['failed', '=begun 3\nout of luck', 3],
    ['was cut on the host', '=begun \nhalf', undefined],
  ])('that %s while the connection was away is not sent again', async (_name, record, status) => {
    const host = losing(record)
    const { link } = linkTo(host)
    await link.connect()
    const outcome = await link.operate('root', change, nothing)
    expect(outcome).toMatchObject({ kind: 'recovered', status })
    expect((outcome as { log: string }).log.trim()).toBe(record.split('\n')[1])
    expect(sent(host)).toHaveLength(1)
  })

  it('is not sent again where noise comes with the record', async () => {
    const host = losing('Last login: today\n=begun 0\nreloaded')
    const { link } = linkTo(host)
    await link.connect()
    expect(await link.operate('root', change, nothing)).toMatchObject({ kind: 'recovered', status: 0 })
    expect(sent(host)).toHaveLength(1)
  })

  it('is not sent again where the host does not say what became of it', async () => {
    const host = losing('begun 0')
    const { link } = linkTo(host)
    await link.connect()
    await expect(link.operate('root', change, nothing)).rejects.toMatchObject({ code: 'answer-not-understood' })
    expect(sent(host)).toHaveLength(1)
  })

  it('is not sent again where its shell was stopped, since it may go on', async () => {
    const host = losing('=stopped 4711')
    const { link } = linkTo(host)
    await link.connect()
    await expect(link.operate('root', change, nothing)).rejects.toMatchObject({
      code: 'shell-stopped',
      hint: expect.stringContaining('kill -CONT 4711'),
    })
    expect(sent(host)).toHaveLength(1)
  })

  it('is not sent again to a host that has rebooted', async () => {
    const host = losing('=absent', { bootId: (connection) => `boot-${connection}` })
    const { link } = linkTo(host)
    await link.connect()
    expect(await link.operate('root', change, nothing)).toMatchObject({ kind: 'recovered', status: undefined })
    expect(sent(host)).toHaveLength(1)
    expect(host.messages.filter(isAsking)).toHaveLength(0)
  })

  it('is awaited for as long as its reboot may take, although logins are refused meanwhile', async () => {
    const refused = new FoobarDeployError('unreachable', 'authentication-failed', 'The host did not let us log in')
    const host = losing('=begun 0', {
      connect: (connection) => ([2, 3].includes(connection) ? refused : undefined),
    })
    const { link } = linkTo(host, { reconnectTimeoutMs: 0 })
    await link.connect()
    expect(await link.operate('root', change, nothing, 20_000)).toMatchObject({ kind: 'recovered', status: 0 })
    expect(host.connections()).toBe(4)
  })
})

describe.concurrent('the lock', () => {
  const locking = (...answers: string[]) => {
    const given = [...answers]
    return scriptedHost({
      react: (message) => {
        if (!isLocking(message)) return message.connection === 1 ? { kind: 'cut' } : answer('read')
        const next = given.shift()
        if (next === 'cut') return { kind: 'cut' }
        return message.text.includes('uname') ? answer(next ?? '', 'Linux') : answer(next ?? '')
      },
    })
  }

  it('is held before anything else is', async () => {
    const { link } = linkTo(locking('=held'))
    await link.connect()
    const [facts] = await link.start(read('uname'), true)
    expect(facts?.stdout.toString()).toContain('Linux')
  })

  it.each([
    ['another run has it', '=busy bob@laptop', 'host-locked', 'bob@laptop'],
    ['it cannot be taken', 'tee: No space left', 'lock-failed', 'No space left'],
    ['only noise says that it is held', 'held', 'lock-failed', 'held'],
  ])('where %s, nothing is read', async (_name, output, code, detail) => {
    const { link } = linkTo(locking(output))
    await link.connect()
    await expect(link.start(read('uname'), true)).rejects.toMatchObject({
      code,
      detail: expect.stringContaining(detail),
    })
  })

  it('that was asked for as the connection was lost is taken over from the shell that may have it', async () => {
    const host = locking('cut', '=held')
    const { link, reconnected } = linkTo(host)
    await link.connect()
    await link.start(read('uname'), true)
    const [first, second] = host.messages.filter(isLocking).map(({ text }) => text)
    // Both name the same holder, and the second has a higher number.
    const [, holder] = /"\$r" = (a1b2c3-[0-9a-f]{8}) /.exec(first ?? '') ?? []
    expect([first, second].map((text) => text?.includes(`"$r" = ${holder} `))).toEqual([true, true])
    expect([first, second].map((text) => /"\$n" -gt (\d)/.exec(text ?? '')?.[1])).toEqual(['1', '2'])
    expect(reconnected).toHaveLength(1)
  })

  it('is taken again after the connection was lost, before anything is read', async () => {
    const host = locking('=held', '=waiting\n=held')
    const { link } = linkTo(host)
    await link.connect()
    await link.start(read('uname'), true)
    await link.read('root', read('id'))
    expect(host.messages.filter(({ connection }) => connection === 2).map(isLocking)).toEqual([true, false])
  })

  it('that was taken over comes with the folders of other users’ records, which go when the run ends', async () => {
    const host = scriptedHost({
      react: (message) => {
        if (message.text.includes('uname')) return answer('=held', 'Linux')
        return isLocking(message) ? answer('=held') : answer('done')
      },
    })
    const { link } = linkTo(host)
    await link.connect()
    await link.start(read('uname'), true)
    await link.operate('app', change, nothing)
    host.cut()
    await link.read('root', read('id'))
    const takenOver = host.messages.find((message) => isLocking(message) && message.connection === 2)
    expect(takenOver?.text).toMatch(/C=1; P="\$P \/run\/foobar-deploy\/[0-9a-f]{32}"$/m)
  })

  it('that another run took meanwhile ends it', async () => {
    const host = locking('=held', '=busy bob@laptop')
    const { link } = linkTo(host)
    await link.connect()
    await link.start(read('uname'), true)
    await expect(link.read('root', read('id'))).rejects.toMatchObject({ code: 'host-locked' })
    await link.close()
    expect(host.open()).toBe(0)
  })
})

describe('a lock on a host that was rebooted while the controller was suspended', () => {
  it('ends the run before it reads or changes anything', async () => {
    const host = scriptedHost({
      bootId: (connection) => `boot-${connection}`,
      react: (message) => (message.text.includes('uname') ? answer('=held', 'Linux') : answer('=held')),
    })
    const { link } = linkTo(host)
    await link.connect()
    await link.start(read('uname'), true)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    try {
      host.cut()
      await expect(link.operate('root', change, nothing)).rejects.toMatchObject({ code: 'lock-lapsed' })
    } finally {
      vi.useRealTimers()
    }
    expect(host.messages.filter(({ connection }) => connection === 2).map(isLocking)).toEqual([true])
    await link.close()
  })
})

describe.concurrent('reconnecting ends at once', () => {
  it.each([
    'changed-host-key',
    'unknown-host-key',
    'revoked-host-key',
    'authentication-failed',
    'ssh-config-invalid',
    'unavailable',
  ])('with %s', async (code) => {
    const host = scriptedHost({
      connect: (connection) => (connection > 1 ? new FoobarDeployError('unreachable', code, 'no') : undefined),
      react: () => ({ kind: 'cut' }),
    })
    const { link } = linkTo(host, { reconnectTimeoutMs: 3_600_000 })
    await link.connect()
    await expect(link.read('root', read('id'))).rejects.toMatchObject({ code })
    expect(host.connections()).toBe(2)
  })

  it('where the definition of a host is wrong', async () => {
    const wrong = new FoobarDeployError('definition', 'secret-missing', 'no')
    const host = scriptedHost({
      connect: (connection) => (connection > 1 ? wrong : undefined),
      react: () => ({ kind: 'cut' }),
    })
    const { link } = linkTo(host, { reconnectTimeoutMs: 3_600_000 })
    await link.connect()
    await expect(link.read('root', read('id'))).rejects.toMatchObject({ code: 'secret-missing' })
  })

  it('but not with a host that is down for a moment; what it failed with at last is told', async () => {
    const refused = new FoobarDeployError('unreachable', 'connection-refused', 'The host refused the connection')
    const host = scriptedHost({
      connect: (connection) => (connection > 1 ? refused : undefined),
      react: () => ({ kind: 'cut' }),
    })
    const { link } = linkTo(host, { reconnectTimeoutMs: 1000 })
    await link.connect()
    await expect(link.read('root', read('id'))).rejects.toMatchObject({
      code: 'connection-lost',
      detail: expect.stringContaining('The host refused the connection'),
    })
    expect(host.connections()).toBe(3)
  })
})

describe.concurrent('an interruption', () => {
  const interrupting = async (
    host: ScriptedHost,
    work: (link: HostLink) => Promise<unknown>,
    which: 'stop' | 'kill',
    settings: ConnectionSettings = {},
  ) => {
    const controllers = { stop: new AbortController(), kill: new AbortController() }
    const { link } = linkTo(host, settings, { stop: controllers.stop.signal, kill: controllers.kill.signal })
    controllers.kill.signal.addEventListener('abort', () => link.abort())
    await link.connect()
    const ended = Promise.allSettled([work(link)])
    setTimeout(() => controllers[which].abort(), 50)
    const [outcome] = await ended
    await link.close()
    expect(host.open()).toBe(0)
    return outcome
  }
  const interrupted = { status: 'rejected', reason: { code: 'interrupted', family: 'interrupted' } }

  it.each(['stop', 'kill'] as const)('(%s) ends a reading that is not answered', async (which) => {
    const host = scriptedHost({ react: () => ({ kind: 'silence' }) })
    expect(await interrupting(host, (link) => link.read('root', read('id')), which)).toMatchObject(interrupted)
  })

  it.each(['stop', 'kill'] as const)('(%s) ends the wait for a shell that does not start', async (which) => {
    const host = scriptedHost({ login: () => {}, react: () => answer() })
    expect(await interrupting(host, (link) => link.read('root', read('id')), which)).toMatchObject(interrupted)
  })

  it.each(['stop', 'kill'] as const)('(%s) ends reconnecting', async (which) => {
    const host = scriptedHost({
      connect: (connection) => (connection > 1 ? connectionLost() : undefined),
      react: () => ({ kind: 'cut' }),
    })
    const settings = { reconnectTimeoutMs: 3_600_000 }
    expect(await interrupting(host, (link) => link.read('root', read('id')), which, settings)).toMatchObject(
      interrupted,
    )
  })

  it('(kill) ends an operation that is under way', async () => {
    const host = scriptedHost({ react: () => ({ kind: 'silence' }) })
    expect(await interrupting(host, (link) => link.operate('root', change, nothing), 'kill')).toMatchObject(interrupted)
  })

  it('(stop) lets an operation that is under way finish', async () => {
    let finish = () => {}
    const host = scriptedHost({
      react: () => ({ kind: 'later', until: new Promise((resolve) => (finish = () => resolve(['done']))) }),
    })
    setTimeout(() => finish(), 300)
    expect(await interrupting(host, (link) => link.operate('root', change, nothing), 'stop')).toMatchObject({
      status: 'fulfilled',
      value: { kind: 'results' },
    })
  })
})

/** Nothing is lost and nothing is done twice: the wire is cut, frozen and contended while real hosts are changed. */

import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { command, file, handler } from '../../src/index.ts'
import { labPowerOff } from '../../src/lab/index.ts'
import { applyAndDie } from './killed-controller.ts'
import { applyOnLab, labFor, type Relay, relayTo } from './on-lab.ts'

const lab = labFor('test-faults')
const relays: Relay[] = []

afterEach(() => {
  for (const relay of relays.splice(0)) relay.close()
})

async function relayed(): Promise<Relay> {
  const relay = await relayTo('test-faults', 'web1')
  relays.push(relay)
  return relay
}

/** Does `act` a while after the first task was begun. */
function afterStart(delayMs: number, act: () => void) {
  let begun = false
  return (event: RunEvent) => {
    if (event.type !== 'task-started' || begun) return
    begun = true
    setTimeout(act, delayMs)
  }
}

describe('a command that is under way', () => {
  it.each(['cut', 'freeze'] as const)('goes on when the wire is %s, and is not run twice', async (fault) => {
    const relay = await relayed()
    const log = `/srv/${fault}.log`
    const tasks = () => [
      command({
        run: `echo begun >>${log}; sleep 3; echo done >>${log}; touch /srv/${fault}`,
        creates: `/srv/${fault}`,
      }),
      file({ path: `/srv/${fault}.after`, content: 'x\n' }),
    ]
    const inventory = lab.inventory(tasks, { socketPath: relay.socketPath, keepaliveIntervalMs: 300 })
    const { result, web1, events } = await applyOnLab(inventory, {}, { emit: afterStart(500, () => relay[fault]()) })
    expect(web1.error).toBeUndefined()
    expect(result.exitCode).toBe(0)
    expect(events.filter(({ type }) => type === 'host-reconnected')).toHaveLength(1)
    expect(web1.statuses.changed).toBe(2)
    expect(await lab.ssh('web1', `cat ${log}`)).toBe('begun\ndone')
  })

  it('that has no state to read is taken from the host’s record, also when it failed', async () => {
    const relay = await relayed()
    const tasks = () => [command({ run: 'echo x >>/srv/act; sleep 2; echo out of luck; exit 3', always: true })]
    const inventory = lab.inventory(tasks, { socketPath: relay.socketPath })
    const { result, web1 } = await applyOnLab(inventory, {}, { emit: afterStart(500, () => relay.cut()) })
    expect(result.exitCode).toBe(2)
    expect(web1.error?.detail).toContain('exit status 3')
    expect(web1.error?.detail).toContain('out of luck')
    expect(await lab.ssh('web1', 'cat /srv/act')).toBe('x')
  })
})

describe('an upload', () => {
  const local = join(tmpdir(), `upload-${process.pid}`)

  it('that is cut leaves nothing behind under its name, and is made again', async () => {
    const content = randomBytes(30_000_000)
    writeFileSync(local, content)
    try {
      const relay = await relayed()
      const inventory = lab.inventory(() => [file({ path: '/srv/large', from: local })], {
        socketPath: relay.socketPath,
      })
      const watch = setInterval(() => {
        if (relay.sent() > 8_000_000) {
          clearInterval(watch)
          relay.cut()
        }
      }, 1)
      const { web1, events } = await applyOnLab(inventory)
      clearInterval(watch)
      expect(events.filter(({ type }) => type === 'host-reconnected')).toHaveLength(1)
      expect(web1.error).toBeUndefined()
      expect(web1.statuses.changed).toBe(1)
      const { createHash } = await import('node:crypto')
      const sum = createHash('sha256').update(content).digest('hex')
      expect(await lab.ssh('web1', 'sha256sum </srv/large')).toBe(`${sum}  -`)
      expect(await lab.ssh('web1', 'ls -A /srv | grep -c foobar-deploy || true')).toBe('0')
    } finally {
      rmSync(local, { force: true })
    }
  })
})

describe('the lock', () => {
  it('keeps a second run out and names who holds it', async () => {
    const slow = lab.inventory(() => [command({ run: 'sleep 2; touch /srv/slow', creates: '/srv/slow' })])
    const first = applyOnLab(slow)
    await delay(1200)
    const second = await applyOnLab(lab.inventory(() => [file({ path: '/srv/second', content: 'x' })]))
    expect(second.web1.error).toMatchObject({ code: 'host-locked', host: 'web1' })
    expect(second.web1.error?.detail).toMatch(/@.* since 20/)
    expect((await first).result.exitCode).toBe(0)
    expect((await applyOnLab(lab.inventory(() => [file({ path: '/srv/second', content: 'x' })]))).result.exitCode).toBe(
      0,
    )
  })
})

describe('a controller that is killed', () => {
  const source = `import { command, defineInventory, definePlaybook, file, handler } from 'foobar-deploy'
const notify = handler('note it', command({ run: 'echo x >>/srv/noted', always: true }))
const playbook = definePlaybook({ name: 'killed', groups: ['web'], plays: () => [{ name: 'Only', hosts: 'web', tasks: () => [
  file({ path: '/srv/notifying', content: 'x', notify }),
  command({ run: 'sleep 2; touch /srv/slept', creates: '/srv/slept' }),
] }] })
export default defineInventory({ playbook, hosts: { web1: { address: '198.51.100.11' } }, groups: { web: ['web1'] }, lab: { name: 'test-faults' } })
`

  it('leaves no lock, no partial file and a pending handler, which the next run executes', async () => {
    await applyAndDie(source, 'file /srv/notifying', 300)
    await delay(3000)
    expect(await lab.ssh('web1', 'ls /var/lib/foobar-deploy/pending')).toBe('note%20it')
    const notify = handler('note it', command({ run: 'echo x >>/srv/noted', always: true }))
    const { web1 } = await applyOnLab(
      lab.inventory(() => [
        file({ path: '/srv/notifying', content: 'x', notify }),
        command({ run: 'touch /srv/slept', creates: '/srv/slept' }),
      ]),
    )
    expect(web1.error).toBeUndefined()
    expect(web1.pendingHandlers).toEqual([])
    expect(await lab.ssh('web1', 'cat /srv/noted')).toBe('x')
    expect(await lab.ssh('web1', 'ls -A /var/lib/foobar-deploy/pending')).toBe('')
  })
})

describe('a login that makes noise', () => {
  // Before the shell is ready, and into whatever is printed later; what looks like an answer is among it.
  const noise = 'echo Welcome; echo "begun 0"; ( while sleep 0.05; do echo held >&2; done ) &'
  const users = ['app', 'deploy']

  /** Does `work` while the start-up file of the login user has `line` in it, for the shells of the toolkit alone. */
  const withProfile = async (line: string, work: () => Promise<void>) => {
    const own = `case $BASH_EXECUTION_STRING in *boot_id*) ${line};; esac`
    await lab.script('web1', `sed -i '1i ${own}' /home/vagrant/.bashrc`)
    await work().finally(() => lab.script('web1', 'sed -i 1d /home/vagrant/.bashrc'))
  }

  it('and a cut while three users are read: one new connection, and everything is done once', async () => {
    const made = users.map((user) => `useradd ${user}; : >/srv/${user}; chown ${user} /srv/${user}`)
    await lab.script('web1', `${made.join('; ')}; : >/srv/root`)
    const relay = await relayed()
    const tasks = () =>
      ['root', ...users].map((user) => {
        const log = `/srv/${user}`
        return command({ run: `echo done >>${log}`, unless: `sleep 1; test -s ${log}`, become: user })
      })
    const inventory = lab.inventory(tasks, { socketPath: relay.socketPath })
    const emit = (event: RunEvent) => void (event.type === 'host-ready' && setTimeout(() => relay.cut(), 500))
    await withProfile(noise, async () => {
      const { result, web1, events } = await applyOnLab(inventory, {}, { emit })
      expect(web1.error).toBeUndefined()
      expect(result.exitCode).toBe(0)
      expect(events.filter(({ type }) => type === 'host-reconnected')).toHaveLength(1)
      expect(web1.statuses.changed).toBe(3)
    })
    expect(await lab.ssh('web1', 'cat /srv/root /srv/app /srv/deploy')).toBe('done\ndone\ndone')
  })

  it('and then waits ends within the limit, and the message names its files', async () => {
    await withProfile('sleep 600', async () => {
      const { result, web1 } = await applyOnLab(lab.inventory(() => [], { shellTimeoutMs: 3000 }))
      expect(result.exitCode).toBe(4)
      expect(web1.error).toMatchObject({ code: 'shell-timed-out', hint: expect.stringContaining('.bashrc') })
    })
  })
})

// The last one: it leaves web1 without power.
describe('a host that goes away for good', () => {
  it('is reported as unreachable, and the other host goes on', async () => {
    const tasks = () => [command({ run: 'sleep 2; touch /srv/last', creates: '/srv/last' })]
    const inventory = lab.inventory(tasks, {
      keepaliveIntervalMs: 300,
      connectTimeoutMs: 1000,
      reconnectTimeoutMs: 3000,
    })
    const { result } = await applyOnLab(
      inventory,
      { limit: [] },
      { emit: afterStart(700, () => void labPowerOff('test-faults', 'web1')) },
    )
    expect(result.exitCode).toBe(4)
    expect(result.recap.web1?.error).toMatchObject({ family: 'unreachable', host: 'web1' })
    expect(result.recap.web2?.statuses.changed).toBe(1)
  })
})

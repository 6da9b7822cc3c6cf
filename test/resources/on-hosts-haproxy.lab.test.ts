/** Servers of a HAProxy on real hosts: drained, put back, and taken out of it by handlers while they are restarted. */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  command,
  defineInventory,
  definePlaybook,
  type Host,
  handler,
  haproxyServer,
  service,
  type TaskList,
  waitFor,
  withServerDrained,
} from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { startLoad, until } from '../roles/clients.ts'
import { stackPackages } from '../roles/stack-packages.ts'

const name = 'test-haproxy-server'
const lab = labFor(name, stackPackages)

const configuration = `global
  stats socket /run/haproxy/admin.sock mode 660 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend web
  bind :8000
  default_backend web
backend web
  default-server check inter 200ms fall 2 rise 2
  server web1 198.51.100.11:8080
  server web2 198.51.100.12:8080
`
// An answer that takes a second, for those who drain.
const nginx = `server {
  listen 8080;
  location / { return 200 "$hostname "; }
  location /slow { root /srv; limit_rate 1k; }
}
`

const inventory = (tasks: (host: Host) => TaskList, serial = false) =>
  defineInventory({
    playbook: definePlaybook({
      name: 'test',
      groups: ['web'],
      plays: () => [{ name: 'Only', hosts: 'web', tasks: ({ host }) => tasks(host), ...(serial ? { serial: 1 } : {}) }],
    }),
    hosts: { web1: { address: '198.51.100.11' }, web2: { address: '198.51.100.12' } },
    groups: { web: ['web1', 'web2'] },
    lab: { name },
  })
const apply = (...tasks: TaskList) => applyOnLab(inventory(() => tasks))
const server = { backend: 'web', server: 'web1' } as const
const ask = (what: string) =>
  lab.ssh(
    'web1',
    `echo "${what}" | perl -MIO::Socket::UNIX -e "\\$s = IO::Socket::UNIX->new(shift); print \\$s <STDIN>; print <\\$s>" /run/haproxy/admin.sock`,
  )
const statusOf = async (of: string) =>
  (await ask('show stat'))
    .split('\n')
    .find((row) => row.startsWith(`web,${of},`))
    ?.split(',')[17]
const bothUp = () =>
  until(
    async () => [await statusOf('web1'), await statusOf('web2')],
    (seen) => seen.every((one) => one === 'UP'),
  )

beforeAll(async () => {
  for (const host of ['web1', 'web2'] as const) {
    await lab.script(
      host,
      `cat >/etc/haproxy/haproxy.cfg <<'END'\n${configuration}END\ncat >/etc/nginx/conf.d/test.conf <<'END'\n${nginx}END
head -c 2000 /dev/zero >/srv/slow; systemctl restart nginx; systemctl restart haproxy`,
    )
  }
  await bothUp()
})

describe('haproxyServer', () => {
  it('drains, agrees, is repaired, and puts back', async () => {
    const drain = haproxyServer({ ...server, state: 'drain' })
    const plan = await applyOnLab(
      inventory(() => [drain]),
      { mode: 'plan' },
    )
    expect(plan.web1.statuses).toMatchObject({ changed: 1 })
    expect(await statusOf('web1')).toBe('UP')
    expect((await apply(drain)).web1.statuses).toMatchObject({ changed: 1, failed: 0 })
    expect(await statusOf('web1')).toBe('DRAIN')
    const again = await apply(drain)
    expect(again.web1.statuses).toMatchObject({ ok: 1, changed: 0 })
    expect(again.web1.roundTrips).toBe(2)
    await ask('set server web/web1 state maint')
    const repaired = await apply(drain)
    expect(repaired.web1.statuses).toMatchObject({ changed: 1, failed: 0 })
    const back = await apply(haproxyServer({ ...server, state: 'ready', weight: 7 }))
    expect(back.web1.statuses).toMatchObject({ changed: 1, failed: 0 })
    expect(await statusOf('web1')).toBe('UP')
    await apply(haproxyServer({ ...server, weight: 1 }))
  })

  it('waits for sessions, so long as it was told and no longer', async () => {
    const slow = () =>
      lab.script('web1', 'for i in 1 2 3 4; do curl -s -o /dev/null http://127.0.0.1:8000/slow & done; wait')
    const sessions = async () =>
      Number(
        (await ask('show stat'))
          .split('\n')
          .find((row) => row.startsWith('web,web1,'))
          ?.split(',')[4],
      )
    const ends = slow()
    await until(sessions, (count) => count > 0)
    const started = performance.now()
    const { web1, events } = await apply(haproxyServer({ ...server, state: 'drain', waitMs: 300 }))
    expect(web1.statuses).toMatchObject({ changed: 1, failed: 0 })
    expect(JSON.stringify(events)).toMatch(/web\/web1 has \d sessions left after 0.3 s/)
    await ends
    await apply(haproxyServer({ ...server, state: 'ready' }))
    const others = slow()
    await until(sessions, (count) => count > 0)
    await apply(haproxyServer({ ...server, state: 'drain' }))
    expect(await sessions()).toBe(0)
    expect(performance.now() - started).toBeLessThan(15_000)
    await others
    await apply(haproxyServer({ ...server, state: 'ready' }))
  })

  it('leaves the last server that is up as it is, if told so', async () => {
    await lab.ssh('web2', 'systemctl stop nginx')
    await until(
      () => statusOf('web2'),
      (status) => status === 'DOWN',
    )
    const { web1, events } = await apply(haproxyServer({ ...server, state: 'drain', unlessLast: true, waitMs: 300 }))
    expect(web1.statuses).toMatchObject({ failed: 0 })
    expect(JSON.stringify(events)).toContain('drain, if another server comes up')
    expect(JSON.stringify(events)).toContain(
      'no other server of its backend is up, so web/web1 goes on taking requests',
    )
    expect(await statusOf('web1')).toBe('UP')
    const failed = await apply(
      haproxyServer({ backend: 'web', server: 'web2', state: 'maint' }),
      haproxyServer({ backend: 'web', server: 'web2', state: 'ready', waitMs: 500 }),
    )
    expect(failed.web1.error?.detail).toContain('web/web2 is not up after 0.5 s')
    await lab.ssh('web2', 'systemctl start nginx')
    await bothUp()
  })
})

describe('withServerDrained', () => {
  const balancers = ['web1', 'web2']
  const restart = ({ name: own, address }: Host) =>
    handler(
      'restart nginx',
      withServerDrained({ balancers, backend: 'web', server: own }, [
        // A second in which nobody answers.
        command({ run: 'systemctl stop nginx; sleep 1', always: true }),
        service.restart('nginx'),
        waitFor({ http: `http://${address}:8080/` }),
      ]),
    )
  const change = (host: Host) => [command({ run: 'true', always: true, notify: restart(host) })]

  it('restarts one server after the other without a failed request', async () => {
    const end = await startLoad(name, 'http://198.51.100.11:8000/')
    const { result } = await applyOnLab(inventory(change, true), { limit: [] })
    const load = await end()
    expect(Object.values(result.recap).map(({ error }) => error)).toEqual([undefined, undefined])
    expect(load).toMatchObject({ failures: 0 })
    expect(Object.keys(load.answers).sort()).toEqual(['200 web1', '200 web2'])
    expect([await statusOf('web1'), await statusOf('web2')]).toEqual(['UP', 'UP'])
  })

  it('reaches balancers that are not in the run, and goes on without one that is out of reach', async () => {
    await lab.ssh('web2', 'systemctl stop ssh.socket ssh; systemctl mask --runtime ssh')
    await lab.ssh('web2', 'true').catch(() => {})
    const end = await startLoad(name, 'http://198.51.100.11:8000/')
    const { web1, events } = await applyOnLab(inventory(change), { limit: ['web1'] })
    expect(await end()).toMatchObject({ failures: 0 })
    expect(web1.error).toBeUndefined()
    expect(web1.ignored).toEqual(['drain web/web1 on web2', 'put back web/web1 on web2'])
    expect(events.some((event) => event.type === 'task-finished' && event.ignored)).toBe(true)
    expect(await statusOf('web1')).toBe('UP')
  })
})

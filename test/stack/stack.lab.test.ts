/** The reference stack as a whole, by the inventory and the commands that a user has, on two pristine hosts. */

import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { curl, type Load, startLoad, until } from '../roles/clients.ts'
import { knockFromLab, type Outsider, outsiderOf } from '../roles/firewall/outsider.ts'
import { changedIn, exchangesIn, type Line, stackFor } from './on-stack.ts'

const name = 'test-stack'
const stack = stackFor(name)
const address = '198.51.100.10'
const hosts = ['web1', 'web2'] as const
const addresses = ['198.51.100.11', '198.51.100.12'] as const

const authorityFile = join(tmpdir(), `${name}-authority.pem`)
afterAll(() => rmSync(authorityFile, { force: true }))
/** What a browser gets that trusts the authority of the inventory. */
const visit = (path: string, ...args: string[]) =>
  curl(
    name,
    '--cacert',
    authorityFile,
    '--resolve',
    `www.foobar.com:443:${address}`,
    ...args,
    `https://www.foobar.com${path}`,
  )
/** Requests while `work` is done, all of them for the page. */
async function underLoad(work: () => Promise<unknown>): Promise<Load> {
  const end = await startLoad(name, `https://${address}/`, { paceMs: 20, patienceMs: 10_000 })
  const [done] = await Promise.allSettled([work()])
  const load = await end()
  if (done.status === 'rejected') throw done.reason
  return load
}
const nothingFailed = ({ failures, answers }: Load) => expect(failures, JSON.stringify(answers)).toBe(0)
const served = ({ answers }: Load) => hosts.map((host) => answers[`200 ${host}`] ?? 0)

const apply = (...args: string[]) => stack.apply(...args)
/** The host that has the virtual address. */
async function holder(): Promise<(typeof hosts)[number]> {
  const look = () => Promise.all(hosts.map((host) => stack.on(host, `ip -o address show to ${address}`)))
  const held = await until(look, (seen) => seen.filter((lines) => lines !== '').length === 1)
  return hosts[held.findIndex((lines) => lines !== '')] ?? 'web1'
}
const sql = (host: string, statement: string) => stack.on(host, `mysql -N -B -e "${statement}"`)

describe('from pristine hosts', () => {
  it('comes up in one apply', { timeout: 900_000 }, async () => {
    await apply()
    writeFileSync(authorityFile, await stack.on('web1', 'cat /etc/ssl/certs/foobar-authority.pem'))
    expect(await visit('/', '-o', '/dev/null', '-w', '%{http_code} %{http_version}')).toBe('200 2')
    expect(await curl(name, '-o', '/dev/null', '-w', '%{http_code} %{redirect_url}', `http://${address}/x`)).toBe(
      `301 https://${address}/x`,
    )
  })

  it('is as declared: another apply changes nothing in two round trips a host, a plan is empty, and nothing moves', async () => {
    const lines = await apply()
    expect(changedIn(lines)).toEqual({ web1: [], web2: [] })
    expect(exchangesIn(lines)).toEqual({ web1: 2, web2: 2 })
    expect((await stack.run('plan', '--detailed-exitcode')).code).toBe(0)
    const { code, lines: verified } = await stack.lines('verify')
    expect(code).toBe(0)
    expect(verified.find(({ type }) => type === 'verify-finished')).toMatchObject({ proven: true, changedAgain: [] })
  })

  it('says how it is doing, and that all of it is well', async () => {
    // Prometheus has looked at everything after a scrape or two.
    const { lines } = await until(
      () => stack.lines('status', '--detailed-exitcode'),
      ({ code }) => code === 0,
      60_000,
    )
    const sections = [...new Set(lines.filter(({ type }) => type === 'status').map(({ section }) => section))]
    expect(sections.sort()).toEqual([
      'Alerts',
      'Backends',
      'Databases',
      'Firewall',
      'Hosts',
      'Nginx',
      'Releases',
      'Virtual addresses',
    ])
    const bad = lines.filter((line) => JSON.stringify(line).includes('"level":"bad"'))
    expect(bad).toEqual([])
  })
})

describe('requests', () => {
  it('go to both servers in turn', async () => {
    const load = await underLoad(() => new Promise((resolve) => setTimeout(resolve, 2000)))
    nothingFailed(load)
    const [first = 0, second = 0] = served(load)
    expect(Math.abs(first - second)).toBeLessThanOrEqual(2)
    expect(first + second).toBe(load.total)
  })

  it('write through mysql-write what is then read from the replica', async () => {
    const text = 'a note of the test'
    const posted = JSON.parse(
      await visit('/api/notes', '-H', 'Content-Type: application/json', '-d', JSON.stringify({ text })),
    ) as { note: { id: number } }
    await until(
      () => sql('web2', `select text from app.notes where id = ${posted.note.id}`),
      (seen) => seen.trim() === text,
    )
    expect(await sql('web2', 'select @@super_read_only, @@read_only')).toBe('1\t1\n')
    const listed = await visit('/api/notes', '-D', '-')
    expect(listed).toContain(text)
  })

  it.each([
    ['application', 'foobar-app.socket foobar-app.service'],
    ['nginx', 'nginx.service'],
  ])('do not fail while the %s of a server is down', async (_what, units) => {
    const load = await underLoad(async () => {
      await stack.on('web1', `systemctl stop ${units}`)
      await new Promise((resolve) => setTimeout(resolve, 2500))
      await stack.on('web1', `systemctl start ${units}`)
      await new Promise((resolve) => setTimeout(resolve, 2500))
    })
    nothingFailed(load)
    expect(served(load)[1]).toBeGreaterThan(served(load)[0] ?? 0)
  })
})

describe('a change', () => {
  it('of one variable touches what depends on it, and nothing else', async () => {
    const changed = changedIn(await apply('--var', 'hstsSeconds=300'))
    expect(changed).toEqual({ web1: ['haproxy configuration'], web2: ['haproxy configuration'] })
    expect(await visit('/', '-I')).toMatch(/strict-transport-security: max-age=300/i)
    await apply()
  })

  it('of the configuration of nginx and of the application rolls host by host, and no request fails', async () => {
    stack.edit('playbooks/site.ts', 'cacheSeconds: 300', 'cacheSeconds: 600')
    stack.edit('app/public/style.css', ':root', '/* another release */\n:root')
    let lines: Line[] = []
    const load = await underLoad(async () => {
      lines = await apply()
    })
    nothingFailed(load)
    expect(load.total).toBeGreaterThan(100)
    const changed = changedIn(lines)
    for (const host of hosts) {
      expect(changed[host]).toContain('nginx configuration')
      expect(changed[host]).toContain(`drain web/${host} on web1`)
      expect(changed[host]).toContain('restart foobar-app')
      expect(changed[host]).toContain(`put back web/${host} on web2`)
    }
    expect(await visit('/static/style.css', '-D', '-')).toMatch(/max-age=600[\s\S]*another release/i)
  })

  it('of the application is rolled out while a replica is broken, by --tags app and by a whole run', async () => {
    const style = 'app/public/style.css'
    await stack.on('web2', 'chmod 0 /var/lib/mysql; systemctl kill -s KILL mysql')
    try {
      stack.edit(style, ':root', '/* an urgent release */\n:root')
      const urgent = await apply('--tags', 'app')
      for (const host of hosts) expect(changedIn(urgent)[host]).toContain('restart foobar-app')
      expect(await visit('/static/style.css')).toContain('an urgent release')
      stack.edit(style, 'an urgent release', 'a planned release')
      const { code, lines } = await stack.lines('apply')
      expect(code).toBe(2)
      expect(lines.find(({ type, host }) => type === 'host-failed' && host === 'web2')).toMatchObject({ goesOn: true })
      for (const host of hosts) expect(changedIn(lines)[host]).toContain('restart foobar-app')
      expect(await visit('/static/style.css')).toContain('a planned release')
    } finally {
      await stack.on('web2', 'chmod 700 /var/lib/mysql; systemctl restart mysql')
    }
    await apply()
  }, 300_000)

  it('to active-passive lets the second server serve nothing until the first fails', async () => {
    await apply('--var', 'mode=active-passive')
    const calm = await underLoad(() => new Promise((resolve) => setTimeout(resolve, 1500)))
    nothingFailed(calm)
    expect(served(calm)).toEqual([calm.total, 0])
    const failing = await underLoad(async () => {
      await stack.on('web1', 'systemctl stop nginx')
      await new Promise((resolve) => setTimeout(resolve, 3000))
    })
    nothingFailed(failing)
    expect(served(failing)[1]).toBeGreaterThan(0)
    await stack.on('web1', 'systemctl start nginx')
    expect(changedIn(await apply())).toEqual({ web1: ['haproxy configuration'], web2: ['haproxy configuration'] })
  })
})

describe('from outside', () => {
  let outsider: Outsider
  beforeAll(async () => {
    outsider = await outsiderOf(name, '198.51.100.99')
  })
  afterAll(() => outsider.remove())

  it('nothing is open but the site, neither the database nor any metrics', async () => {
    const own = [22, 80, 443, 3000, 3306, 6446, 6447, 8080, 8081, 8404, 9090, 9100, 9104, 9113, 9200, 33060]
    for (const to of addresses) {
      const listening = (
        await stack.on(to === addresses[0] ? 'web1' : 'web2', "ss -Hltn | sed 's/.*:\\([0-9]*\\) .*/\\1/'")
      )
        .split('\n')
        .filter((line) => line !== '')
        .map(Number)
      expect(listening).toEqual(expect.arrayContaining([22, 80, 443, 3306, 8080, 8404, 9090, 9100, 9104, 9113, 9200]))
      const answers = await outsider.knock(to, [...new Set([...own, ...listening])])
      const open = Object.entries(answers).flatMap(([port, answer]) => (answer === 'silent' ? [] : [port]))
      expect(open).toEqual(['80', '443'])
    }
    // Whoever provisions gets in by SSH besides.
    expect(await knockFromLab(name, addresses[0], [22, 443, 3306, 9090])).toEqual({
      22: 'open',
      443: 'open',
      3306: 'silent',
      9090: 'silent',
    })
  })
})

describe('monitoring', () => {
  it('sees every target up, from both hosts', async () => {
    for (const host of hosts) {
      const own = addresses[hosts.indexOf(host)]
      const found = await until(
        async () =>
          JSON.parse(await stack.on(host, `curl -s http://${own}:9090/api/v1/targets`)) as {
            data: { activeTargets: { labels: { job: string }; health: string }[] }
          },
        ({ data }) => data.activeTargets.every(({ health }) => health === 'up'),
        40_000,
      )
      const jobs = Map.groupBy(found.data.activeTargets, ({ labels }) => labels.job)
      const counts = Object.fromEntries([...jobs].map(([job, targets]) => [job, targets.length]))
      expect(counts).toEqual({ node: 2, mysqld: 2, nginx: 2, haproxy: 2, prometheus: 2 })
    }
  })
})

describe('when it fails', () => {
  it('the site answers again in under 3 s after HAProxy was killed where the address is', async () => {
    const host = await holder()
    const load = await underLoad(async () => {
      await stack.on(host, 'systemctl kill -s KILL haproxy')
      await new Promise((resolve) => setTimeout(resolve, 4000))
    })
    expect(load.longestGapMs).toBeLessThan(3000)
  })

  it('no request stalls while HAProxy is stopped on the host without the address', async () => {
    const held = await holder()
    const other = hosts.find((host) => host !== held) as string
    const load = await underLoad(async () => {
      await stack.on(other, 'systemctl stop haproxy')
      await new Promise((resolve) => setTimeout(resolve, 4000))
      await stack.on(other, 'systemctl start haproxy')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    })
    nothingFailed(load)
    console.log(`HAProxy stopped on the host without the address: the slowest request took ${load.slowestMs} ms`)
    // It was 5 s, for which the application waits for a database.
    expect(load.slowestMs).toBeLessThan(4000)
  })

  it('the site answers on while the host without the address is without power', async () => {
    const held = await holder()
    const lost = hosts.find((host) => host !== held) as string
    const load = await underLoad(async () => {
      await stack.powerOff(lost)
      await new Promise((resolve) => setTimeout(resolve, 5000))
    })
    expect(load.longestGapMs).toBeLessThan(3000)
    expect((await stack.boot()).code).toBe(0)
    await until(
      async () => (await stack.run('plan', '--detailed-exitcode')).code,
      (code) => code === 0,
      90_000,
    )
  })

  it('the site answers again in under 3 s after the host with the address lost its power, which then comes back by itself', async () => {
    const host = await holder()
    const before = await sql('web2', 'select count(*) from app.notes')
    const load = await underLoad(async () => {
      await stack.powerOff(host)
      await new Promise((resolve) => setTimeout(resolve, 5000))
    })
    expect(load.longestGapMs).toBeLessThan(3000)
    const other = hosts.find((one) => one !== host) as string
    expect(load.answers[`200 ${other}`]).toBeGreaterThan(20)
    expect((await stack.boot()).code).toBe(0)
    await until(
      () => sql('web1', 'select @@super_read_only'),
      (seen) => seen === '0\n',
      60_000,
    )
    expect(await sql('web2', 'select @@super_read_only, count(*) from app.notes')).toBe(`1\t${before}`)
    await until(
      async () =>
        await visit(
          '/api/notes',
          '-o',
          '/dev/null',
          '-w',
          '%{http_code}',
          '-d',
          '{"text":"afterwards"}',
          '-H',
          'Content-Type: application/json',
        ),
      (code) => code === '201',
      30_000,
    )
    // What a boot leaves is what was declared.
    await until(
      async () => (await stack.run('plan', '--detailed-exitcode')).code,
      (code) => code === 0,
      60_000,
    )
  })
})

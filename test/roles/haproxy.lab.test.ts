/** The haproxy role on real hosts: its cases judged by HAProxy, and the site and the database behind it. */

import { beforeAll, describe, expect, it } from 'vitest'
import { haproxy } from '../../roles/haproxy/role.ts'
import { rowsOf } from '../../roles/haproxy/status.ts'
import { newAuthority } from '../../src/certificates/new-authority.ts'
import { defineInventory, definePlaybook, Secret } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { curl, startLoad, until } from './clients.ts'
import { complaintsIn, judgeScript } from './haproxy/judge.ts'
import { standIn } from './haproxy/stand-in.ts'
import { casesBeside, contextOf } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

const name = 'test-haproxy'
const lab = labFor(name, stackPackages)
const old = labFor('test-haproxy-old', ['haproxy', 'keepalived', 'openssl'], { suite: 'bookworm', hosts: ['web1'] })

type Input = NonNullable<Parameters<typeof haproxy>[0]>
const addresses = { web1: '198.51.100.11', web2: '198.51.100.12' }
// Made where it is used: the test is not about issuing.
const pem = { value: '' }

function inventoryOf(variables: Input) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['balancer', 'web', 'database'],
    plays: () => [{ name: 'Balancers', hosts: 'balancer', serial: 1, roles: [haproxy(variables)] }],
  })
  const both = ['web1', 'web2'] as const
  return defineInventory({
    playbook,
    hosts: { web1: { address: addresses.web1 }, web2: { address: addresses.web2 } },
    groups: { balancer: both, web: both, database: both },
    lab: { name },
  })
}

const base = (): Input => ({
  check: { host: 'www.foobar.com', intervalSeconds: 0.4 },
  tls: {
    certificates: [{ name: 'site', pem: new Secret('pem', pem.value) }],
    hstsSeconds: 300,
    names: ['www.foobar.com', addresses.web1],
  },
  // nginx stands in for the database too, so that it can be asked by HTTP who answered.
  database: { port: 8080, address: '0.0.0.0' },
})

async function apply(variables: Partial<Input> = {}) {
  const { result, events } = await applyOnLab(inventoryOf({ ...base(), ...variables }), { limit: [] })
  const changed = events.flatMap((event) =>
    event.type === 'task-finished' && event.status === 'changed' ? [`${event.host}: ${event.task.title}`] : [],
  )
  return { changed, recap: result.recap, errors: Object.values(result.recap).flatMap(({ error }) => error ?? []) }
}

const https = `https://${addresses.web1}/`
const who = async (url: string) => (await curl(name, '-k', url)).split(' ')[0]
/** How HAProxy on web1 sees its servers, by `backend/server`. */
async function seen(): Promise<Record<string, string>> {
  const [probe] = haproxy({}).status(contextOf())
  const { stdout } = await lab.script('web1', probe?.script.script ?? '')
  return Object.fromEntries(
    rowsOf(stdout).map((row) => [`${row.backend}/${row.server}`, (row.state as { text: string }).text]),
  )
}
const bothUp = () => until(seen, (all) => all['web/web1'] === 'UP' && all['web/web2'] === 'UP')

describe('the cases', () => {
  const judged = {
    root: '/etc/haproxy',
    prepare: `openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -days 2 -subj /CN=a 2>/dev/null
for pem in certs/*.pem; do [ ! -e "$pem" ] || cat c k >"$pem"; done; perl -c save-server-state.pl 2>&1`,
    command: 'haproxy -c -V -f /etc/haproxy/haproxy.cfg',
    // Where HAProxy has not run, there is nothing that it kept.
    fine: /^\[NOTICE\]|Can't open global server state file|^Warnings were found|^Configuration file is valid$|syntax OK$/,
  }
  const url = new URL('haproxy/golden.test.ts', import.meta.url).href
  const bookworm = { os: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian 12' } }

  it.each([
    ['HAProxy 3.2', lab, undefined],
    ['HAProxy 2.6', old, bookworm],
  ] as const)('are taken by %s without a complaint', async (_version, on, facts) => {
    const { stdout } = await on.script('web1', judgeScript(url, haproxy, { ...judged, ...(facts ? { facts } : {}) }))
    const none = Object.fromEntries(
      casesBeside(url)
        .names()
        .map((one) => [one, [] as string[]]),
    )
    expect(complaintsIn(stdout, judged)).toEqual(none)
  })
})

describe('the site', () => {
  beforeAll(async () => {
    for (const host of ['web1', 'web2'] as const) await lab.script(host, standIn(host))
    await lab.ssh('web1', 'touch /srv/writable')
    const { stdout } = await lab.script(
      'web1',
      'openssl req -x509 -newkey rsa:2048 -nodes -keyout /tmp/k -out /tmp/c -days 2 -subj /CN=www.foobar.com 2>/dev/null; cat /tmp/c /tmp/k',
    )
    pem.value = stdout
    expect((await apply()).errors).toEqual([])
    await bothUp()
  })

  it('is as it should be: a second run changes nothing, in two round trips', async () => {
    const { changed, recap, errors } = await apply()
    expect({ changed, errors }).toEqual({ changed: [], errors: [] })
    expect(Object.values(recap).map(({ roundTrips }) => roundTrips)).toEqual([2, 2])
  })

  it('is answered by one server after the other', async () => {
    const answers = []
    for (let count = 0; count < 6; count++) answers.push(await who(https))
    expect(answers.filter((one) => one === 'web1')).toHaveLength(3)
    expect(answers.filter((one) => one === 'web2')).toHaveLength(3)
  })

  it('learns who asks from HAProxy alone', async () => {
    const lies = [
      'X-Forwarded-For: 192.0.2.66',
      'X-Forwarded-Proto: http',
      'X-Real-IP: 192.0.2.66',
      'X-Request-ID: "x',
    ].flatMap((header) => ['-H', header])
    const answer = await curl(name, '-k', ...lies, https)
    expect(answer).toMatch(/^web[12] for=198\.51\.100\.1 proto=https id=[0-9a-f-]{36} real=$/m)
    const id = /id=(\S+)/.exec(answer)?.[1]
    const line = await until(
      () => lab.ssh('web1', 'journalctl -t haproxy -n 50 -o cat'),
      (log) => log.includes(id ?? '?'),
    )
    const logged = JSON.parse(line.split('\n').find((one) => one.includes(id ?? '?')) ?? '{}')
    expect(logged).toMatchObject({ id, frontend: 'site', backend: 'web', method: 'GET', uri: '/', status: 200 })
  })

  it('speaks TLS as Mozilla advises, and sends others there', async () => {
    const headers = await curl(name, '-k', '-o', '/dev/null', '-D', '-', https)
    expect(headers).toMatch(/^HTTP\/2 200/)
    expect(headers).toContain('strict-transport-security: max-age=300')
    const redirected = await curl(name, '-o', '/dev/null', '-D', '-', `http://${addresses.web1}/a?b`)
    expect(redirected).toMatch(/^HTTP\/1.1 301/)
    expect(redirected).toContain(`location: https://${addresses.web1}/a?b`)
    const sentTo = (host: string, path = '/a?b') =>
      curl(
        name,
        ...['-o', '/dev/null', '-w', '%{redirect_url}', '-H', `Host: ${host}`],
        ...['--request-target', path, `http://${addresses.web1}/`],
      )
    expect(await sentTo('WWW.foobar.com:80')).toBe('https://www.foobar.com/a?b')
    expect(await sentTo('evil.example')).toBe('https://www.foobar.com/a?b')
    expect(await sentTo('www.foobar.com.evil.example')).toBe('https://www.foobar.com/a?b')
    expect(await sentTo('evil.example', 'http://evil.example/a?b')).toBe('https://www.foobar.com/a?b')
    const hello = async (...options: string[]) => {
      const command = `openssl s_client -connect ${addresses.web1}:443 -brief ${options.join(' ')} </dev/null 2>&1; true`
      return (await lab.script('web2', command)).stdout
    }
    expect(await hello()).toMatch(/Protocol version: TLSv1.3[\s\S]*Negotiated TLS1.3 group: X25519MLKEM768/)
    expect(await hello('-tls1_2', '-cipher ECDHE-RSA-AES128-GCM-SHA256')).toContain('Protocol version: TLSv1.2')
    expect(await hello('-tls1_2', '-cipher ECDHE-RSA-AES256-SHA384')).toMatch(/handshake failure/)
    expect(await hello('-tls1_1', '-cipher DEFAULT@SECLEVEL=0')).toMatch(/protocol version|handshake failure/)
  })

  it('is watched on the address of the host', async () => {
    const stats = `http://${addresses.web1}:8404`
    expect(await curl(name, '-o', '/dev/null', '-w', '%{http_code}', `${stats}/alive`)).toBe('200')
    expect(await curl(name, `${stats}/metrics`)).toContain(
      'haproxy_server_status{proxy="web",server="web1",state="UP"} 1',
    )
    expect(await curl(name, `${stats}/`)).toContain('Statistics Report')
  })

  it('loses no request when a server stops, or begins to answer 502', async () => {
    await bothUp()
    const stopped = await startLoad(name, https)
    await lab.ssh('web2', 'systemctl stop nginx')
    await until(seen, (all) => all['web/web2'] === 'DOWN')
    await lab.ssh('web2', 'systemctl start nginx')
    await bothUp()
    expect(await stopped()).toMatchObject({ failures: 0 })
    const ill = await startLoad(name, https)
    await lab.ssh('web1', 'touch /srv/ill')
    await until(seen, (all) => all['web/web1'] === 'DOWN')
    await lab.ssh('web1', 'rm /srv/ill')
    await bothUp()
    const load = await ill()
    expect(load).toMatchObject({ failures: 0 })
    expect(Object.keys(load.answers).sort()).toEqual(['200 web1', '200 web2'])
  })

  it('loses no request by changes of the configuration', async () => {
    const end = await startLoad(name, https)
    for (const maxConnections of [3000, 2000]) expect((await apply({ maxConnections })).errors).toEqual([])
    expect((await apply()).errors).toEqual([])
    expect(await end()).toMatchObject({ failures: 0 })
  })

  it('stays as it was where HAProxy refuses a configuration, or does not take it', async () => {
    const taken = await apply({ frontends: [{ name: 'taken', binds: [{ port: 8080 }], backend: 'web' }] })
    expect(taken.errors[0]?.detail).toContain('HAProxy did not take the configuration and goes on with the old one')
    expect(taken.errors[0]?.detail).toMatch(/cannot bind socket/)
    const refused = await apply({ extraGlobal: ['no-such-thing'] })
    expect(refused.errors[0]?.detail).toContain("unknown keyword 'no-such-thing'")
    expect(await who(https)).toMatch(/^web[12]$/)
    expect((await apply()).changed).toEqual([])
  })

  it('gets a server back that a run has left drained, and keeps what is known over a reload', async () => {
    const tell = `perl -MSocket -e 'socket(S,PF_UNIX,SOCK_STREAM,0);connect(S,sockaddr_un(shift));syswrite S,"set server web/web2 state drain\\n";print <S>' /run/haproxy/admin.sock`
    await lab.script('web1', tell)
    expect((await seen())['web/web2']).toBe('DRAIN')
    await lab.ssh('web1', 'systemctl reload haproxy')
    await until(
      () => lab.ssh('web1', 'pgrep -c -u haproxy haproxy'),
      (count) => count === '1',
    )
    expect((await seen())['web/web2']).toBe('DRAIN')
    expect((await apply()).changed).toEqual(['web1: haproxyServer web/web2'])
    expect((await seen())['web/web2']).toBe('UP')
  })
})

describe('the database', () => {
  const write = `http://${addresses.web1}:6446/`
  const read = `http://${addresses.web1}:6447/`

  it('is written to where it is writable, also right after a reload, and no connection stays on a server that is not', async () => {
    expect(await who(write)).toBe('web1')
    expect(await who(read)).toBe('web2')
    const held = lab.script('web1', 'curl -sS -o /dev/null http://127.0.0.1:6446/slow 2>&1; echo $?')
    await until(
      () => lab.ssh('web1', 'ss -Htn state established dport = :6446 | wc -l'),
      (count) => count !== '0',
    )
    await lab.ssh('web1', 'rm /srv/writable')
    await lab.ssh('web2', 'touch /srv/writable')
    const started = performance.now()
    await until(
      () => who(write),
      (one) => one === 'web2',
    )
    expect(performance.now() - started).toBeLessThan(3000)
    // 10 kB at 500 bytes a second would have taken 20 s.
    expect((await held).stdout).toMatch(/(18|56)\n$/)
    expect(performance.now() - started).toBeLessThan(5000)
    await until(
      () => who(read),
      (one) => one === 'web1',
    )
    const end = await startLoad(name, write)
    await lab.ssh('web1', 'systemctl reload haproxy')
    await lab.ssh('web1', 'systemctl reload haproxy')
    await until(
      () => lab.ssh('web1', 'pgrep -c -u haproxy haproxy'),
      (count) => count === '1',
    )
    const { answers } = await end()
    expect(Object.keys(answers)).toEqual(['200 web2'])
  })

  it('is read from the writable server where there is no replica', async () => {
    await lab.ssh('web1', 'systemctl stop nginx')
    await until(
      () => who(read),
      (one) => one === 'web2',
    )
    await lab.ssh('web1', 'systemctl start nginx')
    await until(
      () => who(read),
      (one) => one === 'web1',
    )
    await bothUp()
  })
})

describe('a certificate', () => {
  it('is issued by the authority of the inventory, in force after the run, and not issued again', async () => {
    const authority = new Secret('tls.ca', newAuthority('a test'))
    const issued = { name: 'issued', names: ['www.foobar.com', addresses.web1], authority }
    const tls = { certificates: [issued] }
    expect((await apply({ tls })).errors).toEqual([])
    const shown = await lab.script(
      'web2',
      `openssl s_client -connect ${addresses.web1}:443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
    )
    expect(shown.stdout).toContain(`DNS:www.foobar.com, IP Address:${addresses.web1}`)
    expect((await apply({ tls })).changed).toEqual([])
    const key = await lab.ssh('web1', 'stat -c "%U %a" /etc/haproxy/certs/issued.pem /etc/haproxy/certs')
    expect(key.split('\n')).toEqual(['root 600', 'root 700'])
  })
})

describe('mode active-passive', () => {
  it('has the second serve when the first is down, and only then', async () => {
    expect((await apply({ mode: 'active-passive' })).errors).toEqual([])
    await bothUp()
    const calm = await startLoad(name, https)
    await until(seen, (all) => all['web/web1'] === 'UP')
    expect(Object.keys((await calm()).answers)).toEqual(['200 web1'])
    const end = await startLoad(name, https)
    await lab.ssh('web1', 'systemctl stop nginx')
    await until(
      () => who(https),
      (one) => one === 'web2',
    )
    await lab.ssh('web1', 'systemctl start nginx')
    await until(
      () => who(https),
      (one) => one === 'web1',
    )
    const load = await end()
    expect(load).toMatchObject({ failures: 0 })
    expect(Object.keys(load.answers).sort()).toEqual(['200 web1', '200 web2'])
  })
})

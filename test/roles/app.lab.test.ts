/** The app role on a real host with a real MySQL: released, changed under load, refused when broken, gone back, cleaned up. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { app } from '../../roles/app/role.ts'
import { releaseProbe } from '../../roles/app/status.ts'
import { appVariables } from '../../roles/app/variables.ts'
import { nginx } from '../../roles/nginx/role.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { defineInventory, definePlaybook, Secret } from '../../src/index.ts'
import { builtArtifact } from '../../src/resources/trees/build-artifact.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { makeDatabase, releaseOf, sources, startLoad, variantOf } from './app/on-host.ts'
import { casesBeside } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

const name = 'test-app'
const lab = labFor(name, stackPackages, { hosts: ['web1'] })
const canary = 'canary "$7" \\word'
const url = 'http://198.51.100.11:8080'
type Variables = Parameters<typeof app>[0]

const environment = {
  SERVER_NAME: 'web1',
  DATABASE_NAME: 'app',
  DATABASE_USER: 'app',
  DATABASE_PASSWORD: new Secret('mysql.app', canary),
  DATABASE_WRITE: '127.0.0.1:3306',
  DATABASE_CA: '/etc/database-ca.pem',
}

function inventoryOf(variables: Variables) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      {
        name: 'Web',
        hosts: 'web',
        roles: [
          app({ readyWithinSeconds: 15, keepReleases: 2, environment, ...variables }),
          nginx({
            upstreams: [{ name: 'app', servers: [{ address: '127.0.0.1:3000' }] }],
            sites: [{ serverNames: ['_'], port: 8080, locations: [{ path: '/', proxyPass: 'http://app' }] }],
          }),
        ],
      },
    ],
  })
  const hosts = { web1: { address: '198.51.100.11' } }
  return defineInventory({ playbook, hosts, groups: { web: ['web1'] }, lab: { name } })
}

const apply = (variables: Variables = { source: sources }, request = {}) => applyOnLab(inventoryOf(variables), request)
const onHost = async (script: string) => (await lab.script('web1', script)).stdout.trim()
const fetched = (path: string, more = '') => onHost(`curl -s -w '\\n%{http_code}' ${more} '${url}${path}'`)
const inForce = async () => (await onHost('readlink /srv/foobar-app/current')).replace('releases/', '')
const kept = async () => (await onHost('ls -1tA /srv/foobar-app/releases')).split('\n')
const { id: first } = releaseOf(sources)
const told: RunEvent[] = []

beforeAll(async () => {
  const { status } = await lab.script('web1', makeDatabase(canary))
  expect(status).toBe(0)
})

describe('a release', () => {
  it('comes up where there was nothing, as the plan has it', async () => {
    const planned = await apply({ source: sources }, { mode: 'plan' })
    expect(planned.web1.error).toBeUndefined()
    expect(planned.web1.statuses.failed).toBe(0)
    expect(await onHost('ls /srv /etc | grep foobar')).toBe('')
    const { web1, events } = await apply()
    told.push(...events)
    expect(web1.error).toBeUndefined()
    expect(await inForce()).toBe(first)
    expect(await fetched('/readyz')).toBe(`{"status":"ready","release":"${first}"}\n\n200`)
    const added = await fetched('/api/notes', `-H 'Content-Type: application/json' -d '{"text":"from the lab"}'`)
    expect(added).toMatch(/"text":"from the lab","server":"web1"[\s\S]*\n201$/)
    expect(await fetched('/')).toMatch(/from the lab[\s\S]*answered by|answered by[\s\S]*from the lab/)
    const status = 'systemctl show -p ActiveState --value foobar-app.socket foobar-app.service; ls -1A /srv/foobar-app'
    expect(await onHost(status)).toBe('active\n\nactive\ncurrent\nlast-ready\nreleases')
  })

  it('is not touched, built or sent a second time', async () => {
    const { web1 } = await apply()
    expect(web1.statuses).toMatchObject({ changed: 0, failed: 0 })
    expect(web1.roundTrips).toBe(2)
  })

  it('is reached by an encrypted connection alone, with the secret nowhere but in its file', async () => {
    const ciphers =
      "SELECT COUNT(*) > 0, SUM(connection_type = 'TCP/IP') FROM performance_schema.threads WHERE processlist_user = 'app'"
    expect(await onHost(`mysql -N -e "${ciphers}"`)).toMatch(/^1\t0$/)
    expect(await onHost('stat -c "%a %U:%G" /etc/foobar-app.env')).toBe('600 root:root')
    const word = 'canary'
    expect(await onHost(`ps axww -o args | grep -c '[c]anary'; journalctl -o cat | grep -c ${word}`)).toBe('0\n0')
    expect(await onHost(`grep -l ${word} -r /etc /run /srv /var/log /tmp 2>/dev/null`)).toBe('/etc/foobar-app.env')
    expect(JSON.stringify(told)).not.toContain(word)
  })

  it('runs behind a wall', async () => {
    expect(await onHost('systemd-analyze verify foobar-app.service foobar-app.socket 2>&1')).toBe('')
    const exposure = await onHost('systemd-analyze security --no-pager foobar-app.service | tail -n 1')
    expect(Number(/: ([\d.]+) /.exec(exposure)?.[1])).toBeLessThanOrEqual(1.4)
  })

  it('is shown by status', async () => {
    const probe = releaseProbe(appVariables.parse({ source: sources }))
    const { stdout } = await lab.script('web1', probe.script.script)
    const rows = probe.parse({ status: 0, stdout })
    const row = { app: 'foobar-app', release: first, ready: { text: 'yes', level: 'good' } }
    expect(rows).toMatchObject([row])
    expect(rows[0]).toMatchObject({
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d [\d:]+ UTC$/),
      node: expect.stringMatching(/^v\d+\./),
    })
  })
})

describe('another release', () => {
  it('takes over while requests come in, and none fails', async () => {
    const variant = await variantOf((main) => main.replace('<h1>Notes</h1>', '<h1>Other notes</h1>'))
    const end = startLoad(name, url, 4)
    const { web1 } = await apply(variant)
    expect(web1.error).toBeUndefined()
    await expect.poll(() => fetched('/')).toContain('<h1>Other notes</h1>')
    const { counts } = await end()
    expect(Object.keys(counts).sort()).toEqual(['GET 200', 'POST 201'])
    expect(counts['GET 200']).toBeGreaterThan(100)
    expect(await inForce()).not.toBe(first)
    expect(await kept()).toContain(first)
  })

  it('that does not come up is refused, and the one before serves on', async () => {
    const before = await inForce()
    const variant = await variantOf((main) => `throw new Error('broken on purpose')\n${main}`)
    const end = startLoad(name, url, 2)
    const { result, web1, events } = await apply(variant)
    const { counts } = await end()
    expect(result.exitCode).toBe(2)
    const { id } = releaseOf(variant.source, variant.build)
    expect(web1.error?.detail).toContain(`${id} did not come up ready; releases/${before} is in force again.`)
    expect(web1.error?.detail).toContain('broken on purpose')
    expect(web1.pendingHandlers).toEqual(['restart foobar-app'])
    expect(events.length).toBeGreaterThan(0)
    expect(Object.keys(counts).sort()).toEqual(['GET 200', 'POST 201'])
    expect(await inForce()).toBe(before)
    expect(await fetched('/readyz')).toContain(before)
    // An apply with good sources runs what is pending.
    const repaired = await apply({ release: before })
    expect(repaired.web1).toMatchObject({ pendingHandlers: [], statuses: { failed: 0 } })
  })

  it('may be an older one that is still there', async () => {
    const before = await inForce()
    const { web1 } = await apply({ release: first })
    // keepReleases is 2: the broken one was newer than the first.
    expect(web1.error?.detail).toContain('it is not on this host; there are:')
    const again = await apply()
    expect(again.web1.error).toBeUndefined()
    expect(await inForce()).toBe(first)
    const back = await apply({ release: before })
    expect(back.web1.error).toBeUndefined()
    expect(await inForce()).toBe(before)
    expect((await kept()).sort()).toEqual([before, first].sort())
  })

  it('is not put in force when it cannot be built', async () => {
    const before = await inForce()
    const { source } = await variantOf((main) => main)
    const { result, web1 } = await apply({ source, build: 'echo no compiler >&2; exit 1' })
    expect(result.exitCode).toBe(2)
    expect(web1.error).toMatchObject({ code: 'build-failed' })
    expect(await inForce()).toBe(before)
  })
})

describe('the application', () => {
  it('is not ready while its database is away, and comes back by itself', async () => {
    await onHost('systemctl stop mysql')
    await expect.poll(() => fetched('/readyz')).toMatch(/"reason":"database: \w+"[\s\S]*\n503$/)
    expect(await fetched('/healthz')).toMatch(/\n200$/)
    await onHost('systemctl start mysql')
    await expect.poll(() => fetched('/readyz')).toMatch(/\n200$/)
    expect(await fetched('/api/notes', `-H 'Content-Type: application/json' -d '{"text":"after"}'`)).toMatch(/\n201$/)
  })

  it('reads on while nothing can be written, and waits a little for a server that can', async () => {
    await onHost('mysql -e "SET GLOBAL super_read_only = ON"')
    const [written] = await Promise.all([
      fetched('/api/notes', `-H 'Content-Type: application/json' -d '{"text":"patient"}'`),
      onHost('sleep 1; mysql -e "SET GLOBAL super_read_only = OFF; SET GLOBAL read_only = OFF"'),
      expect(fetched('/readyz')).resolves.toMatch(/\n200$/),
    ])
    expect(written).toMatch(/"text":"patient"[\s\S]*\n201$/)
  })

  it('with a wrong password does not come up, and it is told why without the password', async () => {
    const wrong = { ...environment, DATABASE_PASSWORD: new Secret('mysql.wrong', 'canary-wrong') }
    const { web1, events } = await apply({ release: await inForce(), environment: wrong, readyWithinSeconds: 2 })
    expect(web1.error?.detail).toContain('database: ER_ACCESS_DENIED_ERROR')
    expect(JSON.stringify(events)).not.toContain('canary-wrong')
    expect((await apply({ release: await inForce() })).web1.error).toBeUndefined()
  })

  it('listens elsewhere after its port was changed, and on no socket of systemd where it has its own', async () => {
    const release = await inForce()
    expect((await apply({ release, port: 3001 })).web1.error).toBeUndefined()
    expect(await onHost('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:3001/readyz')).toBe('200')
    expect((await apply({ release, socket: 'own' })).web1.error).toBeUndefined()
    expect(await onHost('ls /etc/systemd/system | grep foobar; curl -s http://127.0.0.1:3000/readyz')).toBe(
      `foobar-app.service\n{"status":"ready","release":"${release}"}`,
    )
    expect((await apply({ release, socket: 'own' })).web1.statuses).toMatchObject({ changed: 0, failed: 0 })
  })
})

it('systemd understands the units of all cases', async () => {
  const cases = casesBeside(new URL('app/golden.test.ts', import.meta.url).href)
  for (const one of cases.names()) {
    const units = Object.entries(cases.expected(one)).filter(([path]) => path.startsWith('/etc/systemd'))
    const files = units.map(([path, text]) => `cat >units/${path.split('/').at(-1)} <<'EOF'\n${text}EOF\n`).join('')
    const script = `cd "$(mktemp -d)"; mkdir units; ${files}
install -D /bin/true /opt/node/bin/node
systemd-analyze verify units/* 2>&1 | grep -v 'Failed to .* WorkingDirectory'`
    expect({ [one]: await onHost(script) }).toEqual({ [one]: '' })
  }
})

it('two builds of the same sources are the same, and the types of the application are right', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'app-copy-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  await cp(fileURLToPath(sources), copy, {
    recursive: true,
    filter: (path) => !/node_modules|\.foobar-deploy/.test(path),
  })
  const [one, other] = [await builtArtifact(releaseOf(sources)), await builtArtifact(releaseOf(copy))]
  expect(readFileSync(other.file).equals(readFileSync(one.file))).toBe(true)
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: copy, stdio: 'pipe' })
  const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
  const roots = fileURLToPath(new URL('../../node_modules/@types', import.meta.url))
  execFileSync(process.execPath, [tsc, '-p', copy, '--typeRoots', roots], { stdio: 'pipe' })
})

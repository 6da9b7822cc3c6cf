/** The app role on two hosts behind a balancer on each: rolled host by host, and stopped at the first that does not come up. */

import { beforeAll, expect, it } from 'vitest'
import { app } from '../../roles/app/role.ts'
import { defineInventory, definePlaybook, Secret } from '../../src/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { makeDatabase, releaseOf, sources, startLoad, variantOf } from './app/on-host.ts'
import { stackPackages } from './stack-packages.ts'

const name = 'test-app-rolling'
const lab = labFor(name, stackPackages)
const addresses = { web1: '198.51.100.11', web2: '198.51.100.12' }
const hosts = ['web1', 'web2'] as const
type Variables = Parameters<typeof app>[0]

const environment = {
  DATABASE_NAME: 'app',
  DATABASE_USER: 'app',
  DATABASE_PASSWORD: new Secret('mysql.app', 'canary'),
  DATABASE_WRITE: '127.0.0.1:3306',
  DATABASE_CA: '/etc/database-ca.pem',
}

const haproxy = `global
  stats socket /run/haproxy/admin.sock mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 10s
frontend site
  bind *:8080
  default_backend web
backend web
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host site
  default-server check inter 200ms fall 2 rise 1
  server web1 ${addresses.web1}:3000
  server web2 ${addresses.web2}:3000
`

beforeAll(async () => {
  await Promise.all(
    hosts.map(async (host) => {
      const script = `${makeDatabase('canary')}
cat >/etc/haproxy/haproxy.cfg <<'EOF'
${haproxy}EOF
systemctl restart haproxy`
      expect((await lab.script(host, script)).status).toBe(0)
    }),
  )
})

function apply(variables: Variables) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      {
        name: 'Web',
        hosts: 'web',
        serial: 1,
        roles: [
          ({ address }) =>
            app({
              address,
              readyWithinSeconds: 15,
              environment,
              balancing: { balancers: [...hosts], backend: 'web' },
              ...variables,
            }),
        ],
      },
    ],
  })
  const inventory = defineInventory({
    playbook,
    hosts: { web1: { address: addresses.web1 }, web2: { address: addresses.web2 } },
    groups: { web: [...hosts] },
    lab: { name },
  })
  return applyOnLab(inventory, { limit: [] })
}

const onHost = async (host: (typeof hosts)[number], script: string) => (await lab.script(host, script)).stdout.trim()
const inForce = () => Promise.all(hosts.map((host) => onHost(host, 'basename $(readlink /srv/foobar-app/current)')))
const states = () =>
  Promise.all(
    hosts.map((host) =>
      onHost(host, `bash -c 'curl -s --unix-socket /run/haproxy/admin.sock telnet://x <<<"show stat"' | grep ^web,web`),
    ),
  )
const balanced = 'http://198.51.100.11:8080'

it('is rolled out, changed, and stopped where a release does not come up, while nobody notices', async () => {
  const first = await apply({ source: sources })
  expect(hosts.map((host) => first.result.recap[host]?.error)).toEqual([undefined, undefined])
  const { id } = releaseOf(sources)
  expect(await inForce()).toEqual([id, id])

  const good = await variantOf((main) => `${main}\n// changed`)
  const { id: next } = releaseOf(good.source, good.build)
  const endFirst = startLoad(name, balanced, 3)
  const second = await apply(good)
  const changed = await endFirst()
  expect(hosts.map((host) => second.result.recap[host]?.error)).toEqual([undefined, undefined])
  expect(await inForce()).toEqual([next, next])
  expect(Object.keys(changed.counts).sort()).toEqual(['GET 200', 'POST 201'])
  const drained = second.events.flatMap((event) =>
    event.type === 'task-finished' && event.status === 'changed' && /^(drain|put back|restart)/.test(event.task.title)
      ? [`${event.host}: ${event.task.title}`]
      : [],
  )
  const rolled = (host: string) => [
    `${host}: drain web/${host} on web1`,
    `${host}: drain web/${host} on web2`,
    `${host}: restart foobar-app`,
    `${host}: put back web/${host} on web1`,
    `${host}: put back web/${host} on web2`,
  ]
  expect(drained).toEqual([...rolled('web1'), ...rolled('web2')])

  const broken = await variantOf((main) => `process.exit(3)\n${main}`)
  const endSecond = startLoad(name, balanced, 3)
  const third = await apply(broken)
  const refused = await endSecond()
  expect(third.result.exitCode).toBe(2)
  expect(third.web1.error?.detail).toContain(`did not come up ready; releases/${next} is in force again.`)
  expect(third.result.recap.web2?.statuses.changed ?? 0).toBe(0)
  expect(await onHost('web2', 'ls /srv/foobar-app/releases | wc -l')).toBe('2')
  expect(await inForce()).toEqual([next, next])
  expect(Object.keys(refused.counts).sort()).toEqual(['GET 200', 'POST 201'])
  // Both hosts take requests again, in both balancers.
  await expect
    .poll(async () => (await states()).join('\n').match(/^web,web\d,.*,(UP|DRAIN|MAINT)[ ,]/gm)?.length)
    .toBe(4)
  expect((await states()).join('\n')).not.toMatch(/DRAIN|MAINT|DOWN/)

  const again = await apply(good)
  expect(again.web1).toMatchObject({ pendingHandlers: [], statuses: { failed: 0 } })
})

/** The keepalived role on real hosts: its cases judged by keepalived, and addresses that move when something goes down. */

import { beforeAll, describe, expect, it } from 'vitest'
import { haproxy } from '../../roles/haproxy/role.ts'
import { judge } from '../../roles/keepalived/configuration.ts'
import { keepalived } from '../../roles/keepalived/role.ts'
import { rowsOf } from '../../roles/keepalived/status.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import { labBoot, labPowerOff } from '../../src/lab/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { curl, type Load, startLoad, until } from './clients.ts'
import { complaintsIn, judgeScript } from './haproxy/judge.ts'
import { standIn } from './haproxy/stand-in.ts'
import { casesBeside, contextOf } from './role-cases.ts'
import { believe, whileSplit } from './split.ts'
import { stackPackages } from './stack-packages.ts'

const name = 'test-keepalived'
const lab = labFor(name, stackPackages)
const old = labFor('test-keepalived-old', ['haproxy', 'keepalived', 'openssl'], { suite: 'bookworm', hosts: ['web1'] })

type Input = Parameters<typeof keepalived>[0]
type HostName = 'web1' | 'web2'
const both = ['web1', 'web2'] as const
const addressOf = { web1: '198.51.100.11', web2: '198.51.100.12' }
const address = '198.51.100.10'
const url = `http://${address}/`

function inventoryOf(variables: Partial<Input>) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['balancer', 'web'],
    plays: () => [
      {
        name: 'Balancers',
        hosts: 'balancer',
        serial: 1,
        roles: [
          haproxy({ check: { intervalSeconds: 0.4 } }),
          keepalived({ virtualAddresses: [address], ...variables }),
        ],
      },
    ],
  })
  return defineInventory({
    playbook,
    hosts: { web1: { address: addressOf.web1 }, web2: { address: addressOf.web2 } },
    groups: { balancer: both, web: both },
    lab: { name },
  })
}

async function apply(variables: Partial<Input> = {}) {
  const { result } = await applyOnLab(inventoryOf(variables), { limit: [] })
  const all = Object.values(result.recap)
  return {
    errors: all.flatMap(({ error }) => error?.message ?? []),
    changed: all.map(({ statuses }) => statuses.changed),
    roundTrips: all.map(({ roundTrips }) => roundTrips),
  }
}

/** The hosts that have the address, by what the status of the role says. */
async function holders(hosts: readonly HostName[] = both): Promise<HostName[]> {
  const [probe] = keepalived({ virtualAddresses: [address] }).status(contextOf())
  const held = await Promise.all(
    hosts.map(async (host) => {
      const { stdout } = await lab.script(host, probe?.script.script ?? '')
      return rowsOf(stdout, [address]).some((row) => typeof row.held === 'object')
    }),
  )
  return hosts.filter((_, index) => held[index])
}
const heldBy = (host: HostName, among: readonly HostName[] = both) =>
  until(
    () => holders(among),
    (found) => found.join() === host,
  )

/** The host that has the address, once one alone has it, and the other. */
async function holderAndOther(): Promise<readonly [HostName, HostName]> {
  const [from] = await until(holders, (found) => found.length === 1)
  return from === 'web1' ? ['web1', 'web2'] : ['web2', 'web1']
}

/** The load while `change` is made and the address moves to `to`, and for a second more. */
async function loadDuring(
  change: () => Promise<unknown>,
  to: HostName,
  among: readonly HostName[] = both,
): Promise<Load> {
  const end = await startLoad(name, url, { patienceMs: 300 })
  await change()
  await heldBy(to, among)
  const load = await end()
  return load
}

describe('the cases', () => {
  const judged = {
    root: '/etc/keepalived',
    prepare: '[ ! -e check-http.pl ] || perl -c check-http.pl 2>&1',
    command: `{ ${judge}; }`,
    // The shell tells how keepalived 2.2 ends its test.
    fine: /syntax OK$|^Terminated$/,
  }
  const beside = new URL('keepalived/golden.test.ts', import.meta.url).href

  it.each([
    ['keepalived 2.3', lab, {}],
    ['keepalived 2.2', old, { os: { id: 'debian', version: '12', codename: 'bookworm', name: 'Debian 12' } }],
  ] as const)('are taken by %s without a complaint', async (_version, on, facts) => {
    const { stdout } = await on.script('web1', judgeScript(beside, keepalived, { ...judged, facts }))
    expect(complaintsIn(stdout, judged)).toEqual(
      Object.fromEntries(
        casesBeside(beside)
          .names()
          .map((one) => [one, [] as string[]]),
      ),
    )
  })
})

describe('the address', () => {
  beforeAll(async () => {
    for (const host of both) await lab.script(host, standIn(host))
    expect((await apply()).errors).toEqual([])
  })

  it('is with the first host, and a second run changes nothing, in two round trips', async () => {
    await heldBy('web1')
    expect(await apply()).toEqual({ errors: [], changed: [0, 0], roundTrips: [2, 2] })
  })

  it('stays while the configuration changes', async () => {
    const end = await startLoad(name, url)
    expect((await apply({ extraInstance: ['garp_master_delay 2'] })).changed).toEqual([2, 2])
    expect(await holders()).toEqual(['web1'])
    expect(await end()).toMatchObject({ failures: 0 })
  })

  it('answers at once when the hosts hear each other again and clients know the one that gives up', async () => {
    // Advertisements of the second host are rare, so the first one is heard first and has no reason of its own to speak up.
    const every = (seconds: string) =>
      lab.script(
        'web2',
        `sed -i 's/advert_int .*/advert_int ${seconds}/' /etc/keepalived/keepalived.conf; systemctl reload keepalived`,
      )
    await every('20')
    // From then on it goes by the interval of the first one.
    await until(
      () => lab.ssh('web2', 'journalctl -u keepalived -n 1 -o cat'),
      (line) => line.includes('interval mismatch'),
    )
    await whileSplit(name, async () => {
      await until(holders, (found) => found.length === 2, 60_000)
      await believe(name, address, await lab.ssh('web2', 'cat /sys/class/net/host0/address'))
    })
    await heldBy('web1')
    const healed = performance.now()
    await until(
      () => curl(name, '-m', '0.5', url),
      (answer) => answer.startsWith('web'),
      60_000,
    )
    const silentMs = performance.now() - healed
    console.log(`after a split: an answer ${Math.round(silentMs)} ms after one host alone has the address`)
    expect(silentMs).toBeLessThan(10_000)
    await every('0.3')
  }, 150_000)

  it.each([
    ['is restarted', 'systemctl restart systemd-networkd'],
    ['configures the interface anew', 'networkctl reload && networkctl reconfigure host0'],
  ])('stays, with routes and rules of others, when systemd-networkd %s', async (_what, command) => {
    await heldBy('web1')
    await lab.script('web1', 'ip rule add priority 1234 lookup 77; ip route add 203.0.113.0/24 via 198.51.100.12')
    const moves = () => lab.ssh('web1', 'journalctl -u keepalived -o cat | grep -c Entering')
    const before = await moves()
    const load = await loadDuring(() => lab.ssh('web1', command), 'web1')
    await lab.ssh('web1', 'networkctl status host0 | grep configured')
    expect(await moves()).toBe(before)
    expect(load).toMatchObject({ failures: 0 })
    expect(await lab.ssh('web1', 'ip rule list priority 1234; ip route show 203.0.113.0/24')).toMatch(/1234:[\s\S]*via/)
  })

  it('answers again in less than 3 s when HAProxy is killed', async () => {
    const end = await startLoad(name, url, { patienceMs: 300 })
    await lab.ssh('web1', 'systemctl kill -s KILL haproxy')
    await until(
      () => lab.ssh('web1', 'systemctl is-active haproxy || true'),
      (state) => state === 'active',
    )
    const load = await end()
    expect(load.longestGapMs).toBeLessThan(3000)
  })

  it('moves in less than 3 s when HAProxy stays down, and does not move back', async () => {
    // A busy machine may have let it move when HAProxy was killed.
    const [from, to] = await holderAndOther()
    const load = await loadDuring(() => lab.ssh(from, 'systemctl stop haproxy'), to)
    expect(load.longestGapMs).toBeLessThan(3000)
    await lab.ssh(from, 'systemctl start haproxy')
    await until(
      () => lab.ssh(from, `curl -s -o /dev/null -w "%{http_code}" http://${addressOf[from]}:8404/alive || true`),
      (code) => code === '200',
    )
    await until(
      () => lab.ssh(from, 'journalctl -u keepalived -n 1 -o cat'),
      (line) => line.includes('Entering BACKUP STATE'),
    )
    expect(await holders()).toEqual([to])
  })

  it('moves in less than 3 s when the host is powered off, and its return moves nothing', async () => {
    const [from, to] = await holderAndOther()
    const load = await loadDuring(() => labPowerOff(name, from), to, [to])
    expect(load.longestGapMs).toBeLessThan(3000)
    await labBoot(lab.spec, from)
    await until(
      () => lab.ssh(from, 'systemctl is-active keepalived || true'),
      (state) => state === 'active',
    )
    expect(await holders()).toEqual([to])
  })
})

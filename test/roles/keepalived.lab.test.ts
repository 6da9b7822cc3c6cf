/** The keepalived role on real hosts: its cases judged by keepalived, and addresses that move when something goes down. */

import { beforeAll, describe, expect, it } from 'vitest'
import { haproxy } from '../../roles/haproxy/role.ts'
import { judge } from '../../roles/keepalived/configuration.ts'
import { keepalived } from '../../roles/keepalived/role.ts'
import { rowsOf } from '../../roles/keepalived/status.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import { labBoot, labPowerOff } from '../../src/lab/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { type Load, startLoad, until } from './clients.ts'
import { complaintsIn, judgeScript } from './haproxy/judge.ts'
import { standIn } from './haproxy/stand-in.ts'
import { casesBeside, contextOf } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

const name = 'test-keepalived'
const lab = labFor(name, stackPackages)
const old = labFor('test-keepalived-old', ['haproxy', 'keepalived', 'openssl'], { suite: 'bookworm', hosts: ['web1'] })

type Input = Parameters<typeof keepalived>[0]
type HostName = 'web1' | 'web2'
const both = ['web1', 'web2'] as const
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
        roles: [haproxy({ check: { intervalMs: 400 } }), keepalived({ virtualAddresses: [address], ...variables })],
      },
    ],
  })
  return defineInventory({
    playbook,
    hosts: { web1: { address: '198.51.100.11' }, web2: { address: '198.51.100.12' } },
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
    exchanges: all.map(({ exchanges }) => exchanges),
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

  it('is with the first host, and a second run changes nothing, in two exchanges', async () => {
    await heldBy('web1')
    expect(await apply()).toEqual({ errors: [], changed: [0, 0], exchanges: [2, 2] })
  })

  it('stays while the configuration changes', async () => {
    const end = await startLoad(name, url)
    expect((await apply({ extraInstance: ['garp_master_delay 2'] })).changed).toEqual([2, 2])
    expect(await holders()).toEqual(['web1'])
    expect(await end()).toMatchObject({ failures: 0 })
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
    await heldBy('web1')
    const load = await loadDuring(() => lab.ssh('web1', 'systemctl stop haproxy'), 'web2')
    expect(load.longestGapMs).toBeLessThan(3000)
    await lab.ssh('web1', 'systemctl start haproxy')
    await until(
      () => lab.ssh('web1', 'curl -s -o /dev/null -w "%{http_code}" http://198.51.100.11:8404/alive || true'),
      (code) => code === '200',
    )
    await until(
      () => lab.ssh('web1', 'journalctl -u keepalived -n 1 -o cat'),
      (line) => line.includes('Entering BACKUP STATE'),
    )
    expect(await holders()).toEqual(['web2'])
  })

  it('moves in less than 3 s when the host is powered off, and its return moves nothing', async () => {
    expect(await holders()).toEqual(['web2'])
    const load = await loadDuring(() => labPowerOff(name, 'web2'), 'web1', ['web1'])
    expect(load.longestGapMs).toBeLessThan(3000)
    await labBoot(lab.spec, 'web2')
    await until(
      () => lab.ssh('web2', 'systemctl is-active keepalived || true'),
      (state) => state === 'active',
    )
    expect(await holders()).toEqual(['web1'])
  })
})

/** The firewall role on real hosts: judged by nft and systemd, seen from outside, flushed, locked out and rebooted. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { firewall } from '../../roles/firewall/role.ts'
import type { FirewallVariables } from '../../roles/firewall/variables.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { defineInventory, definePlaybook, defineRole, type OpeningInput } from '../../src/index.ts'
import { labBoot, labPaths, labPowerOff } from '../../src/lab/index.ts'
import { applyAndDie, untilUnlocked } from '../engine/killed-controller.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { knockFromLab, type Outsider, outsiderOf } from './firewall/outsider.ts'
import { casesBeside } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

type Variables = Partial<FirewallVariables>

const name = 'test-firewall'
const lab = labFor(name, stackPackages)
const address = '198.51.100.11'
const cases = casesBeside(new URL('firewall/golden.test.ts', import.meta.url).href)
const own = { sshFrom: ['198.51.100.1'] }
const locking: Variables = { ...own, extraRules: ['tcp dport 22 drop'], confirmWithinSeconds: 8 }

/** web1 with the firewall, and with another role that opens what is given. */
function inventoryOf(variables: Variables, opens: readonly OpeningInput[] = []) {
  const service = defineRole({ name: 'service', tasks: () => [], opens: () => opens })
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [
      { name: 'Firewall', hosts: 'web', roles: [firewall({ ...own, ...variables })] },
      { name: 'Later', hosts: 'web', roles: [service()] },
    ],
  })
  const hosts = { web1: { address, connectTimeoutMs: 2000, keepaliveIntervalMs: 300 } }
  return defineInventory({ playbook, hosts, groups: { web: ['web1'] }, lab: { name } })
}

const apply = (variables: Variables = {}, opens: readonly OpeningInput[] = [], request = {}) =>
  applyOnLab(inventoryOf(variables, opens), request)
const onHost = async (script: string) => (await lab.script('web1', script)).stdout.trim()
const listing = () => onHost('nft -s list table inet foobar_deploy 2>&1')
const changesOf = (events: readonly RunEvent[]) =>
  Object.fromEntries(
    events.flatMap((event) =>
      event.type === 'task-finished' && event.status === 'changed'
        ? [[event.task.title, event.changes.map(({ key, from, to }) => ({ key, from, to }))]]
        : [],
    ),
  )

/** An inventory file whose rules lock us out. */
const lockingSource = `import { defineInventory, definePlaybook } from 'foobar-deploy'
import { firewall } from 'foobar-deploy/roles/firewall'
const playbook = definePlaybook({ name: 'killed', groups: ['web'], plays: () => [
  { name: 'Only', hosts: 'web', roles: [firewall(${JSON.stringify(locking)})] },
] })
export default defineInventory({ playbook, hosts: { web1: { address: '${address}' } }, groups: { web: ['web1'] }, lab: { name: '${name}' } })
`

describe('the rules and the unit', () => {
  it.each(cases.names())('of %s are taken by nft and systemd', async (caseName) => {
    const files = Object.entries(cases.expected(caseName))
    const places = files.map(([path]) => path.replace(/^.*\//, '/tmp/'))
    const writing = files.map(([, text], index) => `cat >${places[index]} <<'END'\n${text}END\n`).join('')
    const rules = places.find((path) => path.endsWith('.nft'))
    const unit = places.find((path) => path.endsWith('.service'))
    expect(await onHost(`${writing}nft -c -f ${rules} 2>&1 && systemd-analyze verify ${unit} 2>&1; echo $?`)).toBe('0')
  })
})

describe('on a host', () => {
  let outsider: Outsider
  beforeAll(async () => {
    outsider = await outsiderOf(name, '198.51.100.99')
  })
  afterAll(() => outsider.remove())
  beforeEach(async () => {
    await onHost(`${untilUnlocked}
systemctl disable --now foobar-firewall 2>/dev/null; rm -rf /etc/foobar-deploy /etc/systemd/system/foobar-firewall.service
nft flush ruleset; systemctl daemon-reload`)
  })

  it('lets in what is opened to those it is opened to, and drops the rest; the second run changes nothing', async () => {
    const listening = (await onHost("ss -Hltn | sed 's/.*:\\([0-9]*\\) .*/\\1/' | sort -u")).split('\n').map(Number)
    const ports = [...new Set([...listening, 22, 80, 443, 3306, 8404, 9100, 33060])].sort((one, other) => one - other)
    expect(listening).toEqual(expect.arrayContaining([22, 80, 9100]))
    expect((await outsider.knock(address, ports))['9100']).toBe('open')
    const opens: OpeningInput[] = [
      { name: 'http', port: 80, from: 'anyone' },
      { name: 'https', port: 443, from: 'anyone' },
      { name: 'node', port: 9100, from: ['198.51.100.1'] },
      { name: 'vrrp', protocol: 'vrrp', from: ['198.51.100.12'] },
    ]
    const { web1 } = await apply({}, opens)
    expect(web1.error).toBeUndefined()
    const answers = await outsider.knock(address, ports)
    expect(answers).toMatchObject({ 80: 'open', 443: 'refused' })
    const others = Object.entries(answers).filter(([port]) => port !== '80' && port !== '443')
    expect(others.filter(([, answer]) => answer !== 'silent')).toEqual([])
    expect(await knockFromLab(name, address, [22, 80, 9100, 3306])).toEqual({
      22: 'open',
      80: 'open',
      9100: 'open',
      3306: 'silent',
    })
    expect(await onHost('curl -s -o /dev/null -w %{http_code} http://198.51.100.11:9100/metrics')).toBe('200')
    await vanished()
    expect((await apply({}, opens)).web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
  })

  it('keeps connections that are open while the rules change, also one that would not be let in any more', async () => {
    const http: OpeningInput = { name: 'http', port: 80, from: 'anyone' }
    await apply({}, [http])
    const hold = fileURLToPath(new URL('firewall/hold.ts', import.meta.url))
    const args = [`--net=${labPaths(name).networkFile}`, '--', process.execPath, hold, address, '80']
    const held = spawn('nsenter', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: held.stdout })[Symbol.asyncIterator]()
    const ask = async () => {
      held.stdin.write('\n')
      return (await lines.next()).value
    }
    expect(await ask()).toBe('HTTP/1.1 200 OK')
    const { web1, events } = await apply({}, [])
    expect(web1.error).toBeUndefined()
    expect(changesOf(events)['rules in force']).toEqual([
      { key: 'rules', from: ['tcp dport 80 counter accept comment "http"'], to: [] },
    ])
    expect((await knockFromLab(name, address, [80]))['80']).toBe('silent')
    expect(await ask()).toBe('HTTP/1.1 200 OK')
    held.stdin.end()
  })

  it('sees what was flushed or changed by hand, in a plan too, and puts it right; other tables are left', async () => {
    await apply()
    const good = await listing()
    await onHost('nft add table ip other; nft delete table inet foobar_deploy')
    const planned = await apply({}, [], { mode: 'plan' })
    expect(changesOf(planned.events)).toEqual({ 'rules in force': [{ key: 'table', from: null, to: 'in force' }] })
    expect(await listing()).toContain('No such file')
    expect(changesOf((await apply()).events)).toEqual(changesOf(planned.events))
    expect(await listing()).toBe(good)
    await onHost('nft insert rule inet foobar_deploy input tcp dport 9100 accept')
    expect(changesOf((await apply()).events)).toEqual({
      'rules in force': [{ key: 'rules', from: ['tcp dport 9100 accept'], to: [] }],
    })
    expect(await listing()).toBe(good)
    expect(await onHost('nft list tables')).toContain('table ip other')
  })

  it('refuses before any change what would lock us out, and to work beside another firewall', async () => {
    const before = await onHost('ls /etc/foobar-deploy 2>&1; nft list ruleset')
    const elsewhere = await apply({ sshFrom: ['203.0.113.0/24'] })
    expect(elsewhere.web1.error).toMatchObject({ code: 'lock-out', task: 'nobody is locked out' })
    expect(elsewhere.web1.error?.detail).toBe('sshd sees it coming from 198.51.100.1; sshFrom is 203.0.113.0/24')
    expect((await apply({ sshPorts: [2222] })).web1.error?.detail).toMatch(/reached on port 22; sshPorts are 2222/)
    await onHost('mkdir -p /etc/ufw; echo ENABLED=yes >/etc/ufw/ufw.conf')
    expect((await apply()).web1.error).toMatchObject({ code: 'other-firewall' })
    expect(await onHost('ls /etc/foobar-deploy 2>&1; nft list ruleset')).toBe(before)
    await onHost(`printf '#!/bin/sh\\necho ENABLED=no >/etc/ufw/ufw.conf' >/usr/sbin/ufw; chmod +x /usr/sbin/ufw`)
    expect(Object.keys(changesOf((await apply({ otherFirewalls: 'disable' })).events)).at(-1)).toBe('disable ufw')
    await onHost('rm -rf /etc/ufw /usr/sbin/ufw')
  })

  it('takes back rules that lock us out, to what was in force, be it nothing', async () => {
    const { web1 } = await apply(locking)
    expect(web1.error).toMatchObject({ code: 'reverted', task: 'firewall' })
    await lab.backAfter('web1')
    expect(await listing()).toContain('No such file')
    expect(await onHost('ls /etc/foobar-deploy; systemctl is-enabled foobar-firewall 2>&1')).toBe('not-found')
    await apply()
    // What was changed by hand comes back too, not what the file says.
    await onHost('nft insert rule inet foobar_deploy input tcp dport 7777 accept')
    const [good, file] = [await listing(), await onHost('cat /etc/foobar-deploy/firewall.nft')]
    expect((await apply(locking)).web1.error).toMatchObject({ code: 'reverted' })
    await lab.backAfter('web1')
    expect(await listing()).toBe(good)
    expect(await onHost('cat /etc/foobar-deploy/firewall.nft')).toBe(file)
  })

  it('has them taken back by the host where the controller dies', async () => {
    await apply()
    const good = await listing()
    await applyAndDie(lockingSource, 'rules in force')
    expect(await knockFromLab(name, address, [22])).toEqual({ 22: 'silent' })
    expect(await lab.backAfter('web1')).toBeLessThan(30_000)
    expect(await listing()).toBe(good)
    await vanished()
  })

  it('is in force after a boot', async () => {
    await apply({}, [{ name: 'http', port: 80, from: 'anyone' }])
    const good = await listing()
    await labPowerOff(name, 'web1')
    await labBoot(lab.spec, 'web1')
    expect(await listing()).toBe(good)
    const order = 'systemctl show -P ActiveEnterTimestampMonotonic'
    expect(await onHost(`[ $(${order} foobar-firewall) -lt $(${order} systemd-networkd) ] && echo first`)).toBe('first')
    expect((await apply({}, [{ name: 'http', port: 80, from: 'anyone' }])).web1.statuses.changed).toBe(0)
  })

  it('tells how it is doing', async () => {
    const [probe] = firewall(own).status({ host: {} as never, hosts: () => [] })
    const rows = async () => probe?.parse({ status: 0, stdout: (await lab.script('web1', probe.script.script)).stdout })
    expect(await rows()).toMatchObject([{ state: { level: 'bad' }, rules: 0, 'at boot': { text: 'no' } }])
    await apply()
    await outsider.knock(address, [9100])
    const [row] = (await rows()) ?? []
    expect(row).toMatchObject({ state: { text: 'in force' }, 'at boot': { text: 'yes' } })
    expect(row?.rules).toBeGreaterThan(8)
    expect(row?.dropped).toBeGreaterThan(0)
    await onHost('nft insert rule inet foobar_deploy input tcp dport 9100 accept')
    expect(await rows()).toMatchObject([{ state: { text: 'not as in the file', level: 'warning' } }])
  })
})

/** Waits until nothing is left of watches. */
async function vanished(): Promise<void> {
  const look = 'ls -A /var/lib/foobar-deploy/revert; systemctl list-units --all --no-legend "foobar-deploy-revert*"'
  await expect.poll(() => onHost(look), { timeout: 10_000, interval: 300 }).toBe('')
}

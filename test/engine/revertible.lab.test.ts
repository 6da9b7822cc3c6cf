/** Changes that lock everybody out of a real host are taken back by the host; good ones stay and leave nothing behind. */

import { setTimeout as delay } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { command, confirmOrRevert, file, handler, service, type TaskList } from '../../src/index.ts'
import { labBoot, labPowerOff } from '../../src/lab/index.ts'
import { applyAndDie, untilUnlocked } from './killed-controller.ts'
import { applyOnLab, labFor } from './on-lab.ts'

const lab = labFor('test-revert', ['nftables'], { hosts: ['web1'] })
const dropIn = '/etc/ssh/sshd_config.d/10-test.conf'
const rules = '/etc/test.nft'
const quick = { connectTimeoutMs: 2000, keepaliveIntervalMs: 300 }

const sshd = (content: string, more: TaskList = [], withinMs = 20_000) =>
  confirmOrRevert({
    title: 'sshd',
    paths: ['/etc/ssh'],
    restore: 'systemctl reload ssh',
    withinMs,
    tasks: [
      file({ path: dropIn, content, validate: 'sshd -t -f %s', notify: handler('reload sshd', service.reload('ssh')) }),
      ...more.filter((task) => task !== undefined),
    ],
  })

const firewall = (rule: string, withinMs: number) =>
  confirmOrRevert({
    title: 'firewall',
    paths: [rules],
    restore: `nft delete table inet test; if [ -e ${rules} ]; then nft -f ${rules}; fi`,
    withinMs,
    tasks: [
      file({
        path: rules,
        content: `table inet test {\n  chain input {\n    type filter hook input priority 0;\n    ${rule}\n  }\n}\n`,
        notify: handler('load rules', command({ run: `nft -f ${rules}`, always: true })),
      }),
    ],
  })

const apply = (tasks: () => TaskList) => applyOnLab(lab.inventory(tasks, quick))
const notices = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.text] : []))

/** What is left of watches: copies, units, processes. */
const leftOvers = () =>
  lab.ssh(
    'web1',
    'cd /var/lib/foobar-deploy/revert && ls -A; cd /etc && find . -name "*foobar-deploy*"; systemctl list-units --all --no-legend "foobar-deploy-revert*"',
  )

beforeEach(async () => {
  // What a killed controller left running holds the lock until it ends.
  await lab.script('web1', untilUnlocked)
  await lab.ssh('web1', `rm -f ${dropIn} ${rules}; nft delete table inet test 2>/dev/null; systemctl reload ssh`)
})

describe('a change that locks everybody out', () => {
  it.each([
    ['no user is allowed', 'AllowUsers nobody\n'],
    ['it listens on itself alone', 'ListenAddress 127.0.0.1\n'],
  ])('of sshd is reverted: %s', async (_name, content) => {
    const { result, web1, events } = await apply(() => [sshd(content), file({ path: '/srv/after', content: 'x' })])
    expect(web1.error).toMatchObject({ code: 'reverted', task: 'sshd', host: 'web1' })
    expect(result.exitCode).toBe(2)
    expect(notices(events).at(-1)).toBe('sshd: everything is as it was before')
    expect(web1.notReached).toEqual(['file /srv/after'])
    await lab.backAfter('web1')
    expect(await lab.ssh('web1', `ls ${dropIn} 2>&1 || true`)).toContain('No such file')
    expect(await leftOvers()).toBe('')
  })

  it('of the firewall is reverted: new connections are dropped', async () => {
    const { web1 } = await apply(() => [firewall('tcp dport 22 tcp flags & (syn | ack) == syn drop', 30_000)])
    expect(web1.error).toMatchObject({ code: 'reverted', task: 'firewall' })
    await lab.backAfter('web1')
    expect(await lab.ssh('web1', `nft list tables; ls ${rules} 2>&1 || true`)).toContain('No such file')
    expect(await leftOvers()).toBe('')
  })

  it('is reverted by the host alone when it cuts this connection too, and the run hears of it', async () => {
    const { web1, events } = await apply(() => [firewall('tcp dport 22 drop', 8000)])
    expect(web1.error).toMatchObject({ code: 'reverted', task: 'firewall' })
    expect(events.some(({ type }) => type === 'host-reconnected')).toBe(true)
    expect(await lab.ssh('web1', `nft list tables; ls ${rules} 2>&1 || true`)).toContain('No such file')
    expect(await leftOvers()).toBe('')
  })
})

describe('a controller that dies right after the change', () => {
  const sourceOf = (
    withinMs: number,
  ) => `import { command, confirmOrRevert, defineInventory, definePlaybook, file } from 'foobar-deploy'
const playbook = definePlaybook({ name: 'killed', groups: ['web'], plays: () => [{ name: 'Only', hosts: 'web', tasks: () => [
  confirmOrRevert({ title: 'sshd', paths: ['${dropIn}'], restore: 'systemctl reload ssh', withinMs: ${withinMs}, tasks: [
    file({ path: '${dropIn}', content: 'AllowUsers nobody\\n' }),
    command({ title: 'reload', run: 'systemctl reload ssh', always: true }),
    command({ run: 'sleep 20', always: true }),
  ] }),
] }] })
export default defineInventory({ playbook, hosts: { web1: { address: '198.51.100.11' } }, groups: { web: ['web1'] }, lab: { name: 'test-revert' } })
`

  it('leaves a host that reverts by itself in its time', async () => {
    await applyAndDie(sourceOf(10_000), 'reload')
    await expect(lab.ssh('web1', 'true')).rejects.toThrow()
    expect(await lab.backAfter('web1')).toBeLessThan(30_000)
    expect(await lab.ssh('web1', `ls ${dropIn} 2>&1 || true`)).toContain('No such file')
    await delay(1000)
    expect(await leftOvers()).toBe('')
  })

  it('and of a host that loses its power meanwhile: it reverts when it boots', async () => {
    await applyAndDie(sourceOf(600_000), 'reload')
    await expect(lab.ssh('web1', 'true')).rejects.toThrow()
    await labPowerOff('test-revert', 'web1')
    await labBoot(lab.spec, 'web1').catch(() => {})
    await lab.backAfter('web1')
    expect(await lab.ssh('web1', `ls ${dropIn} 2>&1 || true`)).toContain('No such file')
    await delay(1000)
    expect(await leftOvers()).toBe('')
  })
})

describe('a change that lets us in', () => {
  it('stays, leaves no watch and no copies, and costs no watch when it is there', async () => {
    const good = () => [sshd('LoginGraceTime 40\n')]
    const { web1, events } = await apply(good)
    expect(web1.error).toBeUndefined()
    expect(notices(events)).toEqual([])
    expect(await lab.ssh('web1', `cat ${dropIn}; sshd -T | grep -i logingracetime`)).toBe(
      'LoginGraceTime 40\nLoginGraceTime 40',
    )
    expect(await leftOvers()).toBe('')
    const again = await apply(good)
    expect(again.web1.statuses.changed).toBe(0)
    expect(again.web1.roundTrips).toBe(2)
  })
})

describe('a daemon that is away for a moment after the change', () => {
  it('has it confirmed by a later connection', async () => {
    const gap = 'systemctl stop ssh; systemd-run -q sh -c "sleep 0.7; systemctl start ssh"'
    const { web1 } = await apply(() => [sshd('LoginGraceTime 45\n', [command({ run: gap, always: true })])])
    expect(web1.error).toBeUndefined()
    expect(await lab.ssh('web1', `cat ${dropIn}`)).toBe('LoginGraceTime 45')
    expect(await leftOvers()).toBe('')
  })
})

describe('a task that fails inside', () => {
  it('has everything reverted at once, and its own error is told', async () => {
    await lab.ssh('web1', `echo "LoginGraceTime 50" >${dropIn}; chmod 600 ${dropIn}`)
    const failing = command({ title: 'breaks', run: 'echo no luck >&2; exit 3', always: true })
    const started = performance.now()
    const { web1, events } = await apply(() => [sshd('LoginGraceTime 40\n', [failing], 120_000)])
    expect(performance.now() - started).toBeLessThan(60_000)
    expect(web1.error).toMatchObject({ code: 'command-failed', task: 'breaks' })
    expect(notices(events).at(-1)).toBe('sshd: everything is as it was before')
    await lab.backAfter('web1')
    expect(await lab.ssh('web1', `cat ${dropIn}; stat -c %a ${dropIn}`)).toBe('LoginGraceTime 50\n600')
    expect(await leftOvers()).toBe('')
  })
})

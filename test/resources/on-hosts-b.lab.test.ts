/** What settings of the system do on a real host beyond being applied: reboots, refusals that change nothing, many at once. */

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  command,
  file,
  hostsEntry,
  locale,
  mount,
  reboot,
  sudoers,
  swap,
  sysctl,
  systemdTimer,
  type Task,
} from '../../src/index.ts'
import { isHostOn } from '../../src/lab/host-processes.ts'
import { labBoot } from '../../src/lab/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'

const name = 'test-resources-b'
const lab = labFor(name, ['locales'], { hosts: ['web1'] })
const apply = (...tasks: readonly Task[]) => applyOnLab(lab.inventory(() => tasks))

/** Switches the host on again when it has gone down, as firmware would: the lab's containers end with a reboot. */
async function firmware(): Promise<void> {
  for (let waitedMs = 0; await isHostOn(name, 'web1'); waitedMs += 100) {
    if (waitedMs > 60_000) throw new Error('the host did not go down')
    await delay(100)
  }
  await labBoot(lab.spec, 'web1')
}

const bootId = () => lab.ssh('web1', 'cat /proc/sys/kernel/random/boot_id')

describe('reboot', () => {
  it('waits for the host, proves that it was booted anew, and goes on', async () => {
    const before = await bootId()
    const [{ web1 }] = await Promise.all([
      apply(
        command({ run: 'touch /srv/before', creates: '/srv/before' }),
        reboot({ when: 'always', withinMs: 120_000, message: 'a test' }),
        file({ path: '/srv/after', content: 'after\n' }),
      ),
      firmware(),
    ])
    expect(web1.error).toBeUndefined()
    expect(web1.statuses).toMatchObject({ changed: 3, failed: 0 })
    expect(await bootId()).not.toBe(before)
    expect(await lab.ssh('web1', 'cat /srv/after')).toBe('after')
  })

  it('is made where a package asked for it, and not again', async () => {
    const before = await bootId()
    expect((await apply(reboot())).web1.statuses).toMatchObject({ ok: 1, changed: 0 })
    expect(await bootId()).toBe(before)
    await lab.ssh('web1', 'touch /run/reboot-required; echo linux-image >/run/reboot-required.pkgs')
    const [{ web1, events }] = await Promise.all([apply(reboot()), firmware()])
    expect(web1.error).toBeUndefined()
    expect(web1.statuses).toMatchObject({ changed: 1 })
    expect(JSON.stringify(events)).toContain('required by linux-image')
    const again = await apply(reboot())
    expect(again.web1.statuses).toMatchObject({ ok: 1, changed: 0 })
  })
})

describe('what a host refuses', () => {
  const written =
    'find /etc /srv -xdev -type f -newer /srv/mark -o -name "*refused*"; grep refused /proc/swaps /proc/mounts || true'

  it.each<[string, Task, string]>([
    ['sysctl', sysctl({ name: 'vm.swappiness', value: 10 }), 'in a container it belongs to the machine around it'],
    ['sysctl', sysctl({ name: 'net.ipv4.ip_local_port_range', value: '5 4' }), 'the kernel refused 5 4'],
    ['mount', mount({ path: '/srv/refused', device: '/dev/refused', type: 'ext4' }), '/dev/refused'],
    ['sudoers', sudoers({ name: 'refused', content: 'no rule at all' }), 'syntax error'],
    ['swap', swap({ path: '/srv/refused', size: '1M' }), 'swapon'],
    [
      'systemdTimer',
      systemdTimer({ name: 'refused', schedule: 'every other day', command: '/bin/true' }),
      'Failed to parse calendar',
    ],
    [
      'systemdTimer',
      systemdTimer({
        name: 'refused',
        schedule: 'daily',
        sections: { Service: { ExecStart: '/bin/true', Restart: 'perhaps' } },
      }),
      'Restart',
    ],
    ['locale', locale({ generate: ['xx_XX.UTF-8'] }), 'the host knows no locale xx_XX.UTF-8'],
  ])('%s: is said, and nothing is written', async (_type, task, said) => {
    await lab.ssh('web1', 'sleep 0.05; touch /srv/mark; sleep 0.05')
    const { web1 } = await apply(task)
    expect(web1.error?.detail).toContain(said)
    expect(web1.statuses).toMatchObject({ failed: 1, changed: 0 })
    expect(await lab.ssh('web1', written)).toBe('')
  })
})

describe('many at once', () => {
  const addresses = Array.from({ length: 50 }, (_, index) => `192.0.2.${index + 1}`)

  it('entries of /etc/hosts are one edit, in any number', async () => {
    const entries = () => addresses.map((address, index) => hostsEntry({ address, names: [`node${index}`] }))
    const cold = await apply(...entries())
    expect(cold.web1.statuses).toMatchObject({ changed: 50, failed: 0 })
    expect(cold.web1.roundTrips).toBeLessThanOrEqual(3)
    expect((await apply(...entries())).web1.statuses).toMatchObject({ ok: 50, changed: 0 })
    const removed = await apply(...addresses.map((address) => hostsEntry({ address, state: 'absent' })))
    expect(removed.web1.statuses).toMatchObject({ changed: 50 })
    expect(await lab.ssh('web1', 'grep -c 192.0.2 /etc/hosts || true')).toBe('0')
  })
})

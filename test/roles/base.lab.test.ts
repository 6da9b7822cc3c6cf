/** The base role on real hosts: judged by the programs it configures; logins, names and settings as they then are. */

import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { base } from '../../roles/base/role.ts'
import type { RunEvent } from '../../src/engine/events.ts'
import { defineInventory, definePlaybook } from '../../src/index.ts'
import { labPaths } from '../../src/lab/index.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'
import { casesBeside, tasksOf } from './role-cases.ts'
import { stackPackages } from './stack-packages.ts'

type Input = NonNullable<Parameters<typeof base>[0]>

const execute = promisify(execFile)
const name = 'test-base'
const lab = labFor(name, stackPackages)
const cases = casesBeside(new URL('base/golden.test.ts', import.meta.url).href)
const dropIn = '/etc/ssh/sshd_config.d/10-foobar-deploy.conf'

function inventoryOf(variables: Input) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [{ name: 'Base', hosts: 'web', roles: [base(variables)] }],
  })
  const quick = { connectTimeoutMs: 2000, keepaliveIntervalMs: 300 }
  const hosts = { web1: { address: '198.51.100.11', ...quick }, web2: { address: '198.51.100.12', ...quick } }
  return defineInventory({ playbook, hosts, groups: { web: ['web1', 'web2'] }, lab: { name } })
}

const apply = (variables: Input, request = {}) => applyOnLab(inventoryOf(variables), request)
const onHost = async (script: string) => (await lab.script('web1', `exec 2>&1; ${script}`)).stdout.trim()
const changed = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'task-finished' && event.status === 'changed' ? [event.task.title] : []))

/** What judges a file, by its path; `%s` is the file. */
const judges: readonly [RegExp, string][] = [
  [/sshd_config\.d/, 'sshd -t -f %s'],
  [/chrony\.conf/, 'chronyd -p -f %s >/dev/null'],
  [/sudoers\.d/, 'visudo -cqf %s'],
  [/apt\.conf\.d/, 'apt-config -c %s dump >/dev/null'],
  [/sysctl\.d/, '/usr/lib/systemd/systemd-sysctl %s'],
  // systemd reads them alone, and says of each line that it does not know where it stands.
  [
    /journald\.conf\.d/,
    'mkdir -p /run/systemd/journald.conf.d; cp %s /run/systemd/journald.conf.d/try.conf; systemctl reset-failed systemd-journald; systemctl restart systemd-journald; journalctl --sync; rm /run/systemd/journald.conf.d/try.conf; ! journalctl -b -o cat -t systemd-journald | grep try.conf',
  ],
  [/timesyncd\.conf\.d/, 'grep -qx "NTP=ntp.ubuntu.com" %s'],
]

describe('what is rendered', () => {
  it.each(cases.names())('for %s is taken by the programs it is for', async (caseName) => {
    const scripts = Object.entries(cases.expected(caseName)).map(([path, text]) => {
      const judge = judges.find(([pattern]) => pattern.test(path))?.[1]
      if (!judge) throw new Error(`nobody judges ${path}`)
      return `f=$(mktemp)\ncat >$f <<'END'\n${text}END\n(${judge.replaceAll('%s', '$f')}) || echo ${path} is refused\n`
    })
    expect(await onHost(scripts.join(''))).toBe('')
  })
})

describe('a host', () => {
  const own: Input = { domain: 'foobar.com', timezone: 'Europe/Berlin', sysctl: { 'net.ipv4.ip_nonlocal_bind': 1 } }

  it('gets all of it, with a plan before that changes nothing, and a second run with nothing to do', async () => {
    // systemd counts how often journald was restarted by the tests above.
    await onHost('systemctl reset-failed systemd-journald')
    await onHost('echo "127.0.1.1 web1" >>/etc/hosts; echo 1 >/proc/sys/net/ipv4/conf/all/accept_redirects')
    const before = await onHost('cat /etc/hosts; ls /etc/sysctl.d /etc/ssh/sshd_config.d; sshd -T')
    const planned = await apply(own, { mode: 'plan' })
    expect(planned.web1.error).toBeUndefined()
    expect(changed(planned.events)).toEqual(expect.arrayContaining(['kernel settings', `file ${dropIn}`]))
    expect(await onHost('cat /etc/hosts; ls /etc/sysctl.d /etc/ssh/sshd_config.d; sshd -T')).toBe(before)
    const { web1 } = await apply(own)
    expect(web1.error).toBeUndefined()
    expect(web1.pendingHandlers).toEqual([])
    expect((await apply(own)).web1).toMatchObject({ roundTrips: 2, statuses: { changed: 0, failed: 0 } })
  })

  it('then knows its name and those of the others', async () => {
    expect(await onHost('hostname; hostname -f; getent hosts web2.foobar.com; sudo -n true')).toBe(
      'web1\nweb1.foobar.com\n198.51.100.12   web2.foobar.com web2',
    )
    expect(await onHost('cat /etc/hosts')).not.toContain('127.0.1.1')
    expect(await onHost('date +%Z')).toMatch(/^CES?T$/)
  })

  it('has the settings of the kernel that a container may make, and those of journald', async () => {
    const read = 'cd /proc/sys; cat net/ipv4/conf/all/accept_redirects net/ipv4/ip_nonlocal_bind vm/swappiness'
    expect(await onHost(read)).toBe('0\n1\n60')
    await onHost('echo 1 >/proc/sys/net/ipv4/conf/all/accept_redirects')
    expect(changed((await apply(own)).events)).toEqual(['kernel settings'])
    expect(await onHost(read)).toBe('0\n1\n60')
    expect(await onHost('ls -d /var/log/journal; journalctl -b -o cat -t systemd-journald | grep foobar')).toBe(
      '/var/log/journal',
    )
  })

  it('installs security updates by itself, and leaves the clock to the machine around it', async () => {
    expect(
      await onHost('systemctl is-active apt-daily.timer apt-daily-upgrade.timer; systemctl is-active chrony'),
    ).toBe('active\nactive\ninactive')
    const words = await onHost('unattended-upgrade --dry-run -d')
    expect(words).toContain('Allowed origins are: origin=Debian,codename=forky,label=Debian-Security,')
    expect(words).not.toContain('label=Debian,')
    expect(await onHost('apt-config dump | grep Automatic-Reboot')).toBe(
      'Unattended-Upgrade::Automatic-Reboot "false";',
    )
  })

  it('lets in keys alone', async () => {
    const taken = (await onHost('sshd -T')).toLowerCase()
    for (const line of ['passwordauthentication no', 'x11forwarding no', 'maxstartups 20:30:100', 'maxsessions 10']) {
      expect(taken.split('\n')).toContain(line)
    }
    const { stderr } = await byPassword('true').catch((failure: { stderr: string }) => failure)
    expect(stderr).toMatch(/Permission denied \(publickey\)/)
    expect(await lab.ssh('web1', 'echo in')).toBe('in')
  })

  it('offers what ssh-baseline takes, and forwards nothing', async () => {
    const taken = await onHost('sshd -T')
    const [kex = '', ciphers = '', macs = ''] = ['kexalgorithms', 'ciphers', 'macs'].map(
      (name) => new RegExp(`^${name} (.*)$`, 'mi').exec(taken)?.[1],
    )
    expect(kex.split(',')).toContain('mlkem768x25519-sha256')
    expect(kex).not.toMatch(/nistp|sha1|group1/)
    expect(ciphers).not.toMatch(/cbc|arcfour|3des/)
    expect(macs).not.toMatch(/sha1|md5|umac-64/)
    for (const line of ['allowtcpforwarding no', 'allowagentforwarding no', 'gatewayports no', 'permittunnel no']) {
      expect(taken.toLowerCase().split('\n')).toContain(line)
    }
    const through = execute('ssh', [
      '-F',
      labPaths(name).sshConfig,
      '-o',
      'BatchMode=yes',
      '-W',
      '127.0.0.1:22',
      'web1',
    ])
    await expect(through).rejects.toThrow(/administratively prohibited/)
  })

  it('tells how it is doing', async () => {
    const [probe] = base().status({ host: {} as never, hosts: () => [] })
    const { stdout } = await lab.script('web1', probe?.script.script ?? '')
    expect(probe?.parse({ status: 0, stdout })).toEqual([
      {
        system: 'Debian GNU/Linux forky/sid',
        up: expect.stringMatching(/^\d+ (min|h|d)$/),
        load: expect.stringMatching(/^\d/),
        memory: expect.stringMatching(/^\d+ %$/),
        disk: { text: expect.stringMatching(/^\d+ %$/), level: expect.any(String) },
        clock: 'the machine’s',
        'security updates': 0,
        reboot: 'no',
      },
    ])
    expect(probe?.parse({ status: 1, stdout: '' })).toMatchObject([{ system: '?', up: '?', disk: '?' }])
  })
})

describe('an account', () => {
  const key = () => readFileSync(`${labPaths(name).key}.pub`, 'utf8').trim()
  const admin = () => ({ name: 'anna', keys: [key()], groups: ['adm'] })
  const asAnna = async (command: string) =>
    (await execute('ssh', ['-F', labPaths(name).sshConfig, '-o', 'BatchMode=yes', '-l', 'anna', 'web1', command]))
      .stdout

  it('logs in with its key and may use sudo, until its key is revoked', async () => {
    expect((await apply({ admin: admin() })).web1.error).toBeUndefined()
    expect(await asAnna('id -nG; sudo -n id -un')).toBe('anna adm\nroot\n')
    expect((await apply({ admin: admin() })).web1.statuses).toMatchObject({ changed: 0, failed: 0 })
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1h0Un1vTTZ6T3Hx3W2g9n0kqS0dV5o1rYp4t7cL2bX other'
    const { web1 } = await apply({ admin: { ...admin(), keys: [other], revokedKeys: [key()], sudo: 'none' } })
    expect(web1.error).toBeUndefined()
    await expect(asAnna('true')).rejects.toThrow(/Permission denied/)
    expect(await onHost('ls /etc/sudoers.d/foobar-anna')).toContain('No such file')
  })
})

describe('sshd', () => {
  let before: string
  beforeAll(async () => {
    expect((await apply({})).web1.error).toBeUndefined()
    before = await onHost(`cat ${dropIn}; sshd -T`)
  })
  const unchanged = async () => expect(await onHost(`cat ${dropIn}; sshd -T`)).toBe(before)

  it.each<[string, Input['sshd'], string]>([
    [
      'user',
      { allowUsers: ['anna', 'v?grunt'] },
      'allowUsers is anna, v?grunt; the user of this connection is vagrant',
    ],
    ['group', { allowGroups: ['wheel'] }, 'allowGroups is wheel; vagrant is in vagrant'],
  ])('is not changed where it would lock us out by our %s', async (_what, sshd, detail) => {
    const { web1 } = await apply({ sshd })
    expect(web1.error).toMatchObject({ code: 'lock-out', detail })
    await unchanged()
  })

  it('takes who may log in where we are among them', async () => {
    expect((await apply({ sshd: { allowUsers: ['anna', 'v*'], allowGroups: ['vagrant'] } })).web1.error).toBeUndefined()
    expect(await onHost('sshd -T | tr A-Z a-z | grep -E "^allow(users|groups)"')).toBe(
      'allowusers anna\nallowusers v*\nallowgroups vagrant',
    )
    expect((await apply({})).web1.error).toBeUndefined()
    await unchanged()
  })

  it('is not changed to what it refuses, or to what another file overrules', async () => {
    const refused = (await apply({ sshd: { extra: ['Nonsense yes'] } })).web1.error
    expect(refused?.detail).toMatch(/Bad configuration option: Nonsense/)
    await onHost('echo "MaxAuthTries 3" >/etc/ssh/sshd_config.d/05-early.conf')
    const overruled = (await apply({ sshd: { maxSessions: 12 } })).web1.error
    expect(overruled?.detail).toMatch(/maxauthtries 6: sshd does not take it/)
    await onHost('rm /etc/ssh/sshd_config.d/05-early.conf')
    await unchanged()
  })

  it('is taken back where we do not get in any more', async () => {
    const { web1 } = await apply({ sshd: { extra: ['AllowUsers nobody'] } })
    expect(web1.error).toMatchObject({ code: 'reverted', task: 'sshd' })
    expect(await lab.ssh('web1', 'echo in')).toBe('in')
    await unchanged()
  })

  it('keeps passwords for those who came in by one', async () => {
    expect((await apply({ sshd: { hardened: false } })).web1.error).toBeUndefined()
    expect(await onHost(`ls ${dropIn}`)).toContain('No such file')
    const task = tasksOf(base()).find(({ resource }) => resource.type === 'ownLogin')
    const query = task?.resource.read(task.desired).login
    const ask = String(query?.kind.script([query.operand]))
    const judged = (stdout: string) => {
      const [login] =
        query?.kind.parse({ status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') }, [dropIn]) ?? []
      return task?.resource.parse({ login }, task.desired)
    }
    expect(judged((await lab.script('web1', ask)).stdout)).toMatchObject({ user: 'vagrant', method: 'publickey' })
    await onHost('echo vagrant:a-password | chpasswd')
    const { stdout } = await byPassword(`sudo sh -c ${quoted(ask)}`)
    expect(() => judged(stdout)).toThrow(
      expect.objectContaining({ code: 'lock-out', detail: expect.stringMatching(/by a password/) }),
    )
  })
})

it('time is kept by timesyncd as well', async () => {
  const variables: Input = { timeSync: 'systemd-timesyncd', ntpServers: ['192.0.2.53'] }
  expect((await apply(variables)).web1.error).toBeUndefined()
  expect(await onHost('systemd-analyze cat-config systemd/timesyncd.conf | grep ^NTP')).toBe('NTP=192.0.2.53')
  expect((await apply(variables)).web1.statuses).toMatchObject({ changed: 0, failed: 0 })
})

/** A command on web1 after a login by password, without keys. */
async function byPassword(command: string): Promise<{ stdout: string; stderr: string }> {
  const askpass = join(tmpdir(), `askpass-${process.pid}`)
  writeFileSync(askpass, '#!/bin/sh\necho a-password\n', { mode: 0o700 })
  const options = ['-o', 'PreferredAuthentications=password,keyboard-interactive', '-o', 'NumberOfPasswordPrompts=1']
  try {
    return await execute('ssh', ['-F', labPaths(name).sshConfig, ...options, 'web1', command], {
      env: { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' },
    })
  } finally {
    rmSync(askpass, { force: true })
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

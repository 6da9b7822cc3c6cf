/** Bad input on real hosts: each failure says what, where and what to do, as text and as data, and the host is as it was. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { labDown, labPowerOff, labUp } from '../../src/lab/index.ts'
import { folderWith, foobarDeploy } from '../cli/command.ts'
import { loginCases, taskCases } from './host-cases.ts'
import { expectFailureThatLeavesTheHost, lab, leaveHosts, onHost, projectFiles } from './on-hosts.ts'

const hosts = ['web1', 'web2'].map((name, index) => ({ name, address: `198.51.100.${11 + index}` }))
const users = `for user in asked plain barred; do
  useradd --create-home --shell /bin/bash $user; echo "$user:correct horse" | chpasswd
  install -d -o $user -g $user -m 700 /home/$user/.ssh
  install -o $user -g $user -m 600 /home/vagrant/.ssh/authorized_keys /home/$user/.ssh/authorized_keys
done
usermod --shell /usr/sbin/nologin barred
# Else this machine would be banned for its failed logins.
echo 'PerSourcePenalties no' >/etc/ssh/sshd_config.d/penalties.conf; systemctl reload ssh
echo 'asked ALL=(ALL:ALL) ALL' >/etc/sudoers.d/asked
apt-get -qq update; cd /root; apt-get -qq download hello >/dev/null 2>&1; mv hello_*.deb hello.deb`

beforeAll(async () => {
  await labDown(lab, () => {})
  await labUp({ name: lab, suite: 'sid', packages: ['nginx'], hosts }, () => {})
  onHost(users)
})
afterAll(async () => {
  leaveHosts()
  await labDown(lab, () => {})
})

test.each(Object.entries(loginCases))('%s', async (_, given) => {
  await expectFailureThatLeavesTheHost({ ...given, exitCode: 4 })
})

test.each(Object.entries(taskCases))('%s', async (_, given) => {
  const text = await expectFailureThatLeavesTheHost({ ...given, exitCode: 2 })
  expect(text).toMatch(/ \b1 failed\b/)
  expect(text.length).toBeLessThan(30_000)
})

test.each([
  ['that sudo asks for', 'asked'],
  ['that sudo does not ask for', 'vagrant'],
])('a password %s does no harm', async (_, user) => {
  const host = `user: '${user}', becomePassword: new Secret('sudo', 'correct horse'),`
  const tasks = "command({ run: 'false', unless: 'true' })"
  const folder = await folderWith(projectFiles({ host, tasks }))
  expect(await foobarDeploy(['apply'], { folder })).toMatchObject({ code: 0, stderr: '' })
})

test('a wrong password for sudo is tried once in each run', () => {
  const journal = onHost('journalctl -q --no-pager -t sudo -g "incorrect password"')
  expect(journal.match(/\d+ incorrect password attempts?/g)).toEqual(Array(2).fill('1 incorrect password attempt'))
})

const hello = { tasks: "apt({ packages: ['hello'] })" }
const holdLock = `use Fcntl; open F, ">>/var/lib/dpkg/lock-frontend"; my $lock = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0);
fcntl(F, F_SETLK, $lock) or die; sleep 1 while -e "/run/hold"`

test('a lock of apt that another process holds is told and waited for', async () => {
  onHost(`touch /run/hold; systemd-run -q perl -e '${holdLock}'; until grep -q POSIX /proc/locks; do sleep 0.1; done`)
  const folder = await folderWith(projectFiles(hello))
  const running = foobarDeploy(['apply'], { folder })
  onHost('for try in $(seq 250); do grep -qs ^Waiting /run/foobar-deploy/*/log && break; sleep 0.1; done; rm /run/hold')
  const { code, stdout } = await running
  expect(stdout).toMatch(/Waiting for perl \(process \d+\), which holds \/var\/lib\/dpkg\/lock-frontend/)
  expect(stdout).toMatch(/^web1 \| changed +apt hello/m)
  expect(code).toBe(0)
})

test('a run of dpkg that was killed is completed', async () => {
  onHost('dpkg --purge hello >/dev/null 2>&1; dpkg --unpack /root/hello.deb >/dev/null')
  const folder = await folderWith(projectFiles(hello))
  const { code, stdout } = await foobarDeploy(['apply', '--verbose'], { folder })
  expect(stdout).toMatch(/A run of dpkg was interrupted; it is completed first/)
  expect(stdout).toMatch(/hello: .*\(unpacked\).* -> present/)
  expect(code).toBe(0)
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg's own
  expect(onHost("dpkg-query -W -f '${db:Status-Status}' hello")).toBe('installed')
})

test('a host that is powered off in the middle is lost, and says what was not reached', async () => {
  const host = 'keepaliveIntervalMs: 1000, reconnectTimeoutMs: 1500,'
  const tasks =
    "command({ run: 'touch /srv/begun; sleep 20', creates: '/srv/ended' }), file({ path: '/srv/after', content: '' })"
  const folder = await folderWith(projectFiles({ host, tasks }, 'web2'))
  const running = foobarDeploy(['apply'], { folder })
  onHost('for try in $(seq 250); do [ -e /srv/begun ] && exit; sleep 0.1; done; exit 1', 'web2')
  await labPowerOff(lab, 'web2')
  const { code, stdout } = await running
  expect(stdout).toMatch(/^error\[connection-lost\]: The connection was lost: /m)
  expect(stdout).toMatch(/^ {2}on web2$/m)
  expect(stdout).toMatch(/^ {2}hint: /m)
  expect(stdout).toMatch(/^Not reached:\n {2}web2: command .*\n {2}web2: file \/srv\/after$/m)
  expect(code).toBe(4)
})

test('a host that is off is unreachable', async () => {
  const folder = await folderWith(projectFiles({ tasks: '' }, 'web2'))
  const { code, stdout } = await foobarDeploy(['apply'], { folder })
  expect(stdout).toMatch(/^error\[closed-early\]: /m)
  expect(code).toBe(4)
})

/** Hosts that let nobody in, and tasks that fail on them: what is said of each. */

import type { HostCase } from './on-hosts.ts'

const at = 'inventory/dev.ts:5'
const sudo = (user: string) => ({ host: `user: '${user}',`, tasks: "file({ path: '/etc/a', content: '' })" })

/** Failures before anything can be done on the host. */
export const loginCases: Readonly<Record<string, Omit<HostCase, 'exitCode'>>> = {
  'a wrong key': {
    prepare: "ssh-keygen -q -t ed25519 -N '' -f wrong",
    parts: { host: "identityFile: 'wrong'," },
    code: 'authentication-failed',
    says: [/vagrant@/, /tried \S*wrong/, /the host accepts: publickey/],
    hint: /~vagrant\/\.ssh\/authorized_keys/,
  },
  'an encrypted key without a terminal': {
    prepare: 'cp "$1" locked; chmod 600 locked; ssh-keygen -q -p -N passphrase -f locked',
    parts: { host: "identityFile: 'locked'," },
    code: 'authentication-failed',
    says: [/locked/, /terminal/],
    hint: /ssh-agent/,
  },
  'a key that is not there': {
    parts: { host: "identityFile: 'missing'," },
    code: 'authentication-failed',
    says: [/not usable: \S*missing \(is not there\)/],
    hint: /identityFile/,
  },
  'an unknown host key': {
    prepare: ': >known',
    parts: { host: "knownHostsFile: 'known'," },
    code: 'unknown-host-key',
    says: [/SHA256:/],
    hint: /ssh-keyscan|accept-new/,
  },
  'a changed host key': {
    prepare:
      'ssh-keygen -q -t ed25519 -N "" -f other; sed "s|ssh-ed25519 .*|$(cut -d" " -f1,2 other.pub)|" "$2" >known',
    parts: { host: "knownHostsFile: 'known'," },
    code: 'changed-host-key',
    says: [/SHA256:/, /known:1/],
    hint: /ssh-keygen -R/,
  },
  'sudo that wants a password, and none is given': {
    parts: sudo('asked'),
    code: 'become-refused',
    says: [/may not become root/, /password is required/],
    hint: /Set becomePassword in the inventory/,
  },
  'a wrong password for sudo': {
    parts: { ...sudo('asked'), host: "user: 'asked', becomePassword: new Secret('sudo', 'wrong horse')," },
    code: 'become-refused',
    says: [/incorrect password|try again/],
    hint: /becomePassword/,
  },
  'a user without rights for sudo': {
    parts: { ...sudo('plain'), host: "user: 'plain', becomePassword: new Secret('sudo', 'correct horse')," },
    code: 'become-refused',
    says: [/plain is not in the sudoers file/],
    hint: /sudo -l/,
  },
  'a user to become that is not there': {
    parts: { play: "become: 'nobody-here', tasks: () => [file({ path: '/etc/a', content: '' })]" },
    code: 'become-refused',
    says: [/may not become nobody-here/, /there is no user nobody-here/],
    hint: /make the user nobody-here/,
  },
  'a login shell that runs no commands': {
    parts: sudo('barred'),
    code: 'shell-refused',
    says: [/not available|status 1/],
    hint: /login shell/,
  },
  'a full /run': {
    arrange:
      'mkdir -p /run/foobar-deploy; mount -t tmpfs -o size=8k tmpfs /run/foobar-deploy; cat /dev/zero >/run/foobar-deploy/fill 2>/dev/null || :',
    restore: 'umount /run/foobar-deploy',
    code: 'lock-failed',
    says: [/No space left/],
    hint: /\/run/,
  },
}

/** Tasks that fail. */
export const taskCases: Readonly<Record<string, Omit<HostCase, 'exitCode'>>> = {
  'an nginx configuration that nginx refuses': {
    parts: {
      tasks: "file({ path: '/etc/nginx/nginx.conf', content: 'events {}\\nhtpp {}\\n', validate: 'nginx -t -c %s' })",
    },
    code: 'command-failed',
    says: [/unknown directive "htpp"/, /validation failed, \/etc\/nginx\/nginx\.conf was left as it was/],
    task: /^file \/etc\/nginx\/nginx\.conf$/,
    at,
    hint: /The old file is still in effect/,
  },
  'sudoers that visudo refuses': {
    parts: {
      tasks: "file({ path: '/etc/sudoers.d/x', content: 'root ALL\\n', mode: '0440', validate: 'visudo -cf %s' })",
    },
    code: 'command-failed',
    says: [/syntax error/, /validation failed/],
    task: /sudoers/,
    at,
    hint: /The old file is still in effect/,
  },
  'a full disk': {
    arrange: 'mkdir -p /srv/full; mount -t tmpfs -o size=64k tmpfs /srv/full',
    restore: 'umount /srv/full; rmdir /srv/full',
    paths: ['/srv/full'],
    parts: { tasks: "file({ path: '/srv/full/a', content: 'x'.repeat(200_000) })" },
    code: 'command-failed',
    says: [/No space left on device/],
    task: /^file \/srv\/full\/a$/,
    at,
    hint: /df -h/,
  },
  'a full disk under apt': {
    arrange: 'mount -t tmpfs -o size=16k tmpfs /var/cache/apt/archives; mkdir /var/cache/apt/archives/partial',
    restore: 'umount /var/cache/apt/archives',
    parts: { tasks: "apt({ packages: ['hello'] })" },
    code: 'command-failed',
    says: [/enough free space/],
    task: /^apt hello$/,
    at,
    hint: /df -h/,
  },
  'a read-only /etc': {
    arrange: 'mount --bind /etc /etc; mount -o remount,bind,ro /etc',
    restore: 'umount -l /etc',
    code: 'command-failed',
    says: [/Read-only file system/],
    task: /^file \/etc\/a$/,
    at,
    hint: /findmnt/,
  },
  'an owner that is not there': {
    parts: { tasks: "file({ path: '/etc/a', content: '', owner: 'nobody-here' })" },
    code: 'unavailable',
    says: [/there is no user nobody-here/],
    at,
    hint: /Add user\(/,
  },
  'a package that is not there': {
    parts: { tasks: "apt({ packages: ['no-such-package'] })" },
    code: 'command-failed',
    says: [/apt knows no package no-such-package/],
    at,
    hint: /apt-cache search/,
  },
  'a unit that is not there': {
    parts: { tasks: "service({ name: 'ngnix', running: true })" },
    code: 'unavailable',
    says: [/there is no unit ngnix/],
    task: /^service ngnix$/,
    at,
    hint: /list-unit-files/,
  },
  'a unit that does not start': {
    arrange:
      'printf \'[Service]\\nExecStart=/bin/sh -c "echo out of luck; exit 3"\\n\' >/run/systemd/system/luckless.service; systemctl daemon-reload',
    restore: 'rm /run/systemd/system/luckless.service; systemctl daemon-reload; systemctl reset-failed luckless',
    parts: { tasks: "service({ name: 'luckless', running: true })" },
    code: 'command-failed',
    says: [/luckless/, /the last lines of its journal/, /out of luck/, /status=3/],
    at,
    hint: /journal/,
  },
  'a command killed by a signal': {
    parts: { tasks: "command({ run: 'sh -c \"kill -SEGV \\\\$\\\\$\"', creates: '/srv/never' })" },
    code: 'command-failed',
    says: [/it was killed by SIGSEGV \(exit status 139\)/],
    at,
    hint: /./,
  },
  'a command that is not there': {
    parts: { tasks: "command({ run: 'no-such-command', creates: '/srv/never' })" },
    code: 'command-failed',
    says: [/exit status 127\n.*no-such-command: not found/],
    at,
    hint: /Install what it calls/,
  },
  'a command that takes too long': {
    parts: { tasks: "command({ run: 'sleep 9', creates: '/srv/never', timeoutMs: 300 })" },
    code: 'command-failed',
    says: [/longer than its time limit/],
    at,
    hint: /timeoutMs/,
  },
  'a command that prints 50 MB': {
    parts: {
      tasks:
        "command({ run: 'yes | head -c 50000000; tr \\\\\\\\0 x </dev/zero | head -c 2000000; exit 3', creates: '/srv/never' })",
    },
    code: 'command-failed',
    says: [/exit status 3\n {2}x{1000}…$/m],
    at,
    hint: /./,
  },
  'a command whose output is no UTF-8': {
    parts: { tasks: "command({ run: \"printf 'caf\\\\351 \\\\033[31mred\\\\n'; exit 3\", creates: '/srv/never' })" },
    code: 'command-failed',
    says: [/exit status 3\n {2}caf\uFFFD red$/m],
    at,
    hint: /./,
  },
  'a command that prints its secret': {
    parts: {
      tasks: "command({ run: 'cat; exit 3', input: new Secret('db', 'correct horse'), creates: '/srv/never' })",
    },
    code: 'command-failed',
    says: [/exit status 3\n {2}\*{8}$/m],
    at,
    hint: /./,
  },
}

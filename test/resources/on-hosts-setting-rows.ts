/** Rows of resources that are settings of the system: its names, times, mounts, and values in files of others. */

import {
  cron,
  hostname,
  hostsEntry,
  iniFile,
  jsonFile,
  locale,
  mount,
  Secret,
  sudoers,
  sysctl,
  systemdTimer,
  timezone,
} from 'foobar-deploy'
import { type Rows, secrets } from './on-hosts-row.ts'

/** What these rows need beside what every host has. */
export const settingPackages = ['cron', 'locales', 'tzdata']

/** What is on the host before, made by hand. */
export const preparedSettings = `mkdir -p /srv/rows
printf '[client]\\nport=3306\\n' | tee /srv/rows/secret.ini >/srv/rows/ini
printf '{"kept": 1.0, "gone": 2}\\n' >/srv/rows/json
echo '127.0.1.1 rows' >>/etc/hosts; sysctl -qw net.ipv4.ip_forward=0`

const ini = { path: '/srv/rows/ini', section: 'mysqld', key: 'max_connections' }
const secretIni = { path: '/srv/rows/secret.ini', section: 'client', key: 'password' }

export const settingRows: Rows = {
  hostname: {
    task: hostname({ name: 'rows' }),
    drift: 'echo other >/etc/hostname',
    repaired: ['file'],
    removal: null,
  },
  hostsEntry: {
    task: hostsEntry({ address: '192.0.2.11', names: ['db1.example.com', 'db1'] }),
    drift: "sed -i 's/db1.example.com/db9/' /etc/hosts",
    repaired: ['names'],
    removal: { task: hostsEntry({ address: '192.0.2.11', state: 'absent' }), gone: '! grep 192.0.2.11 /etc/hosts' },
  },
  'hostsEntry of a neighbour': {
    task: hostsEntry({ address: '192.0.2.12', names: ['db2'] }),
    drift: "sed -i '/db2/d' /etc/hosts",
    repaired: ['names'],
    removal: { task: hostsEntry({ address: '192.0.2.12', state: 'absent' }), gone: '! grep 192.0.2.12 /etc/hosts' },
  },
  timezone: {
    task: timezone({ name: 'Europe/Berlin' }),
    drift: 'ln -sfn ../usr/share/zoneinfo/Etc/UTC /etc/localtime',
    repaired: ['zone'],
    removal: null,
  },
  locale: {
    task: locale({ generate: ['de_DE.UTF-8'], default: 'C.UTF-8' }),
    drift: "sed -i --follow-symlinks /^LANG/d /etc/default/locale; sed -i 's/^de_DE/# de_DE/' /etc/locale.gen",
    repaired: ['list', 'default'],
    removal: null,
  },
  cron: {
    task: cron({ name: 'rows', user: 'games', schedule: '@daily', command: 'date +%F' }),
    drift: "sed -i 's/@daily/@hourly/' /etc/cron.d/rows; chmod 600 /etc/cron.d/rows",
    repaired: ['content', 'mode'],
    removal: { task: cron({ name: 'rows', state: 'absent' }), gone: '[ ! -e /etc/cron.d/rows ]' },
  },
  systemdTimer: {
    task: systemdTimer({ name: 'rows-timer', schedule: 'Mon 03:30', command: '/bin/true', persistent: true }),
    drift: 'systemctl disable --now rows-timer.timer; echo Nice=5 >>/etc/systemd/system/rows-timer.service',
    repaired: ['service.content', 'enabled', 'running'],
    removal: {
      task: systemdTimer({ name: 'rows-timer', state: 'absent' }),
      gone: '[ "$(systemctl show -p LoadState --value rows-timer.timer)" = not-found ]',
    },
  },
  sysctl: {
    task: sysctl({ name: 'net.ipv4.ip_forward', value: 1 }),
    drift: 'sysctl -qw net.ipv4.ip_forward=0',
    repaired: ['running'],
    removal: {
      task: sysctl({ name: 'net.ipv4.ip_forward', state: 'absent' }),
      gone: '! grep -r ip_forward /etc/sysctl.d',
    },
  },
  mount: {
    task: mount({ path: '/srv/rows/mount', device: 'tmpfs', type: 'tmpfs', options: ['size=1m', 'noexec', 'nofail'] }),
    drift: 'mount -o remount,exec,size=2m /srv/rows/mount; sed -i /rows/d /etc/fstab',
    repaired: ['options', 'fstab'],
    removal: {
      task: mount({ path: '/srv/rows/mount', state: 'absent' }),
      gone: '! grep rows/mount /proc/mounts && ! grep rows/mount /etc/fstab',
    },
  },
  sudoers: {
    task: sudoers({ name: 'rows', rules: [{ group: 'games', commands: ['/bin/true a=b'], noPassword: true }] }),
    drift: 'chmod 0600 /etc/sudoers.d/rows; echo "# by hand" >>/etc/sudoers.d/rows',
    repaired: ['content', 'mode'],
    removal: { task: sudoers({ name: 'rows', state: 'absent' }), gone: '[ ! -e /etc/sudoers.d/rows ]' },
  },
  iniFile: {
    task: iniFile({ ...ini, value: 200 }),
    drift: 'sed -i s/200/100/ /srv/rows/ini',
    repaired: ['[mysqld] max_connections'],
    removal: { task: iniFile({ ...ini, state: 'absent' }), gone: '! grep max_connections /srv/rows/ini' },
  },
  'iniFile with a secret': {
    task: iniFile({ ...secretIni, value: new Secret('rows.text', secrets.text) }),
    drift: 'sed -i s/battery/staple/ /srv/rows/secret.ini',
    repaired: ['[client] password'],
    removal: { task: iniFile({ ...secretIni, state: 'absent' }), gone: '! grep password /srv/rows/secret.ini' },
  },
  jsonFile: {
    task: jsonFile({ path: '/srv/rows/json', merge: { log: { level: 'warn' } }, remove: ['gone'] }),
    drift: 'sed -i s/warn/info/ /srv/rows/json',
    repaired: ['log.level'],
    removal: {
      task: jsonFile({ path: '/srv/rows/json', remove: ['log'] }),
      gone: '[ "$(cat /srv/rows/json)" = \'{"kept": 1.0}\' ]',
    },
  },
}

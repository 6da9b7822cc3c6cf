/** Rows of `sysctl`. Its module is in no part of ansible-core (but in the collection ansible.posix), so `copy` and sysctl(8) are compared. */

import { sysctl } from '../../src/index.ts'
import type { AnsibleTask, Comparison } from './comparison.ts'

const fileOf = (name: string) => `/etc/sysctl.d/60-foobar-deploy-${name}.conf`

function row(
  name: string,
  setting: string,
  value: string | undefined,
  { start, ...rest }: Pick<Comparison, 'reports' | 'differs' | 'start'> = {},
): Comparison {
  const path = fileOf(setting)
  const present: AnsibleTask[] = [
    { copy: { dest: path, content: `${setting} = ${value}\n`, mode: '0644' } },
    {
      shell: `[ "$(sysctl -n ${setting} | tr '\t' ' ')" = '${value}' ] || { sysctl -qw '${setting}=${value}' && echo was set; }`,
      register: 'setter',
      changed_when: "'was set' in setter.stdout",
    },
  ]
  return {
    name: `sysctl: ${name}`,
    ...(start === undefined ? {} : { start }),
    ours: () => sysctl(value === undefined ? { name: setting, state: 'absent' } : { name: setting, value }),
    theirs: () => (value === undefined ? { file: { path, state: 'absent' } } : present),
    looks: { paths: [path], setting: setting.replaceAll('.', '/') },
    ...rest,
  }
}

const had = (setting: string, value: string) =>
  `printf '%s\\n' '${setting} = ${value}' >${fileOf(setting)}; sysctl -qw '${setting}=${value}'\n`

export const sysctlRows: readonly Comparison[] = [
  row('in force and kept', 'net.ipv4.ip_forward', '1'),
  row('in force and kept already', 'net.ipv4.tcp_syncookies', '2', {
    start: had('net.ipv4.tcp_syncookies', '2'),
    reports: 'ok',
  }),
  row('another value', 'net.ipv4.tcp_fin_timeout', '31', { start: had('net.ipv4.tcp_fin_timeout', '17') }),
  row('kept, but another value is in force', 'net.ipv4.tcp_keepalive_time', '600', {
    start: `${had('net.ipv4.tcp_keepalive_time', '600')}sysctl -qw net.ipv4.tcp_keepalive_time=601\n`,
  }),
  row('several numbers', 'net.ipv4.ip_local_port_range', '20000 50000'),
  row('absent', 'net.ipv4.tcp_sack', undefined, { start: had('net.ipv4.tcp_sack', '0') }),
  row('absent already', 'net.ipv4.tcp_timestamps', undefined, { reports: 'ok' }),
  row('a value that the kernel refuses', 'net.ipv4.conf.all.rp_filter', 'much', {
    reports: 'failed',
    differs: {
      why: 'the kernel judges before anything is kept: what it refuses would be tried again at each boot',
      ours: [],
      theirs: [
        '/etc/sysctl.d/60-foobar-deploy-net.ipv4.conf.all.rp_filter.conf 0644 root:root "net.ipv4.conf.all.rp_filter = much\\n"',
      ],
    },
  }),
  row('a setting that is not there', 'net.ipv4.nobody_knows', '1', {
    reports: 'failed',
    differs: {
      why: 'the kernel judges before anything is kept: what it refuses would be tried again at each boot',
      ours: [],
      theirs: [
        '/etc/sysctl.d/60-foobar-deploy-net.ipv4.nobody_knows.conf 0644 root:root "net.ipv4.nobody_knows = 1\\n"',
      ],
    },
  }),
]

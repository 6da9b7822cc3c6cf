/** The work that the bench measures: more than 60 tasks of the kinds a web server needs, on two hosts of its own lab. */

import {
  apt,
  authorizedKey,
  command,
  defineInventory,
  definePlaybook,
  directory,
  file,
  group,
  lineInFile,
  service,
  symlink,
  template,
  user,
  z,
} from 'foobar-deploy'

const root = '/srv/bench'
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

const workload = definePlaybook({
  name: 'bench',
  groups: ['web'],
  variables: z.strictObject({ message: z.string() }),
  plays: ({ vars }) => [
    {
      name: 'Workload',
      hosts: 'web',
      tasks: ({ host }) => [
        apt({ packages: ['nginx'] }),
        apt({ packages: ['hello'] }),
        apt({ packages: ['tree', 'bc'] }),
        group({ name: 'bench' }),
        numbers(4).map((n) => user({ name: `bench${n}`, group: 'bench', system: true, shell: '/usr/sbin/nologin' })),
        authorizedKey({
          user: 'vagrant',
          keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJlbmNoYmVuY2hiZW5jaGJlbmNoYmVuY2hiZW5jaGJlbmNo bench'],
        }),
        directory({ path: root }),
        numbers(8).map((n) => directory({ path: `${root}/d${n}`, owner: 'bench1', group: 'bench', mode: '0750' })),
        numbers(20).map((n) =>
          template({
            path: `${root}/template-${n}.conf`,
            from: './templates/settings.conf.ejs',
            with: { n, message: vars.message, host: host.name, cpus: host.facts.cpus },
          }),
        ),
        numbers(6).map((n) => file({ path: `${root}/d${n}/file`, content: `file ${n}\n`, mode: '0640' })),
        numbers(4).map((n) => symlink({ path: `${root}/link-${n}`, target: `template-${n}.conf` })),
        numbers(8).map((n) => lineInFile({ path: '/etc/hosts', line: `203.0.113.${n} bench-${n}` })),
        numbers(6).map((n) => command({ run: `echo ${n} >${root}/made-${n}`, creates: `${root}/made-${n}` })),
        command({ run: `touch ${root}/guarded`, unless: `test -e ${root}/guarded` }),
        service({ name: 'nginx', running: true, enabled: true }),
        service({ name: 'ssh', running: true }),
        service({ name: 'systemd-networkd', running: true, enabled: true }),
      ],
    },
  ],
})

// A folder with a socket for each host, where the way to the hosts is to be a long one.
const relays = process.env.BENCH_RELAYS
const host = (name: string, address: string) => ({ address, ...(relays ? { socketPath: `${relays}/${name}` } : {}) })

export default defineInventory({
  playbook: workload,
  vars: { message: 'measured' },
  hosts: { web1: host('web1', '198.51.100.11'), web2: host('web2', '198.51.100.12') },
  groups: { web: ['web1', 'web2'] },
  lab: { name: 'bench', suite: 'sid' },
})

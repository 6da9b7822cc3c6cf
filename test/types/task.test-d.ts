/** What the compiler must say of tasks: options and values are known by name, and a command says when it is due. */

import {
  apt,
  artifact,
  certificate,
  command,
  download,
  file,
  handler,
  reboot,
  Secret,
  service,
  sh,
} from 'foobar-deploy'

const password = new Secret('mysql.app', 'correct horse')
const reload = handler('reload nginx', service.reload('nginx'))

export const good = [
  apt({ packages: ['nginx', { name: 'apache2', state: 'absent' }], notify: reload }),
  service({ name: 'nginx', running: true, title: 'The web server runs', tags: ['web'] }),
  file({ path: '/etc/app/password', content: password, mode: '0600', notify: [reload], become: false }),
  command({ run: 'make install', creates: '/usr/local/bin/tool', timeoutMs: 60_000 }),
  command({ run: sh`useradd -- ${'deploy'}`, unless: 'id deploy' }),
  command({ run: 'chpasswd', input: password, always: true, status: [0, 1] }),
  reboot(),
  reboot({ when: 'always', notify: reload }),
  download({ from: { url: 'https://downloads.example.org/tool', sha256: '' }, path: '/usr/local/bin/tool' }),
  download({ path: '/usr/local/bin/tool', state: 'absent' }),
  artifact({ path: '/srv/app/releases/1', state: 'absent' }),
  certificate({ path: '/etc/ssl/a.pem', keyPath: '/etc/ssl/a.key', state: 'absent' }),
]

// @ts-expect-error Expected 1 arguments, but got 0
file()

// @ts-expect-error 'wen' does not exist
reboot({ wen: 'always' })

// @ts-expect-error 'from' is missing
download({ path: '/usr/local/bin/tool' })

// @ts-expect-error 'force' does not exist
file({ path: '/etc/motd', force: false })

// @ts-expect-error is missing the following properties from type '{ readonly state?: "present"
certificate({ path: '/etc/ssl/a.pem', keyPath: '/etc/ssl/a.key' })

// @ts-expect-error 'pakages' does not exist
apt({ pakages: ['nginx'] })

// @ts-expect-error 'packages' is missing
apt({})

// @ts-expect-error Type 'string' is not assignable to type 'boolean
service({ name: 'nginx', running: 'yes' })

// @ts-expect-error 'runing' does not exist
service({ name: 'nginx', runing: true })

// @ts-expect-error 'notfy' does not exist
service({ name: 'nginx', running: true, notfy: reload })

// @ts-expect-error Type 'string' is not assignable to type 'Handler
service({ name: 'nginx', running: true, notify: 'reload nginx' })

// @ts-expect-error Type 'true' is not assignable to type 'string | false
service({ name: 'nginx', running: true, become: true })

// @ts-expect-error Type 'string' is not assignable to type 'number'
service({ name: 'nginx', running: true, timeoutMs: '1 min' })

// @ts-expect-error Type '"gone"' is not assignable to type '"absent" | "present"
file({ path: '/etc/motd', state: 'gone' })

// @ts-expect-error Type 'number' is not assignable to type 'string'
file({ path: '/etc/motd', mode: 0o644 })

// @ts-expect-error Property 'unless' is missing
command({ run: 'newaliases' })

// @ts-expect-error Type 'false' is not assignable to type 'true'
command({ run: 'newaliases', always: false })

// @ts-expect-error is not assignable to type 'undefined'
command({ run: 'make install', creates: '/usr/local/bin/tool', unless: 'tool --version' })

// @ts-expect-error 'onlyif' does not exist
command({ run: 'newaliases', onlyif: 'test -e /etc/aliases' })

// @ts-expect-error Type 'Secret<
command({ run: password, always: true })

// @ts-expect-error Type 'Secret<
command({ run: 'mysql', environment: { MYSQL_PWD: password }, always: true })

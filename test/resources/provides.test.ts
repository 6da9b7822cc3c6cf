/** What changes of the toolkit's resources provide for later tasks of a plan. */

import {
  apt,
  authorizedKey,
  command,
  configFiles,
  copyTree,
  directory,
  file,
  group,
  mysqlUser,
  script,
  service,
  symlink,
  systemdUnit,
  type Task,
  user,
  waitFor,
} from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { fitOf, type Need, type Provision } from '../../src/plan/provision.ts'
import { resources } from '../../src/resources/index.ts'

function provisionsOf({ resource, desired }: Task, current?: unknown): readonly Provision[] {
  const written = resource.writes?.(desired, current).map(({ path }): Provision => `path ${path}`)
  return resource.provides?.(desired, current) ?? written ?? ['anything']
}

it('anything only where nobody can tell', () => {
  const silent = Object.entries(resources).filter(([, { provides, writes }]) => !provides && !writes)
  expect(silent.map(([type]) => type)).toEqual(['reboot'])
})

const rows: readonly [what: string, task: Task, provided: readonly Need[], others: readonly Need[]][] = [
  ['a file', file({ path: '/srv/f', content: '' }), ['path /srv/f'], ['path /srv', 'user www-data']],
  ['a folder', directory({ path: '/srv/a/b' }), ['path /srv/a/b'], ['path /srv/a', 'path /srv/a/b/c']],
  ['a folder with its parents', directory({ path: '/srv/a/b', parents: true }), ['path /srv/a'], ['path /srv/c']],
  ['a tree', copyTree({ from: import.meta.dirname, path: '/srv/a' }), ['path /srv/a/b/c'], ['path /srv']],
  ['a link', symlink({ path: '/srv/a', target: '/srv/b' }), ['path /srv/a/c'], ['path /srv/b']],
  [
    'configuration',
    configFiles({ path: '/etc/app', files: { 'a.conf': { content: '' } } }),
    ['path /etc/app/a.conf'],
    ['path /etc'],
  ],
  ['a user', user({ name: 'app' }), ['user app', 'group app', 'path /home/app'], ['user other', 'path /home']],
  ['a user with a home', user({ name: 'app', home: '/srv/app' }), ['path /srv/app'], ['path /home/app']],
  ['a group', group({ name: 'app' }), ['group app'], ['user app']],
  ['a unit', service({ name: 'app', running: true }), ['unit app.service'], ['unit other.service']],
  ['a restart', service.restart('app'), ['unit app.service'], ['unit other.service']],
  [
    'a unit file',
    systemdUnit({ name: 'app', sections: { Service: { ExecStart: '/bin/true' } } }),
    ['unit app.service', 'path /etc/systemd/system/app.service'],
    ['unit other.service'],
  ],
  [
    'a template of units',
    systemdUnit({ name: 'app@.service', sections: { Service: { ExecStart: '/bin/true' } } }),
    ['unit app@one.service'],
    ['unit app.service'],
  ],
  [
    'a drop-in',
    systemdUnit({ name: 'app', dropIn: 'more', sections: { Service: { Restart: 'always' } } }),
    ['path /etc/systemd/system/app.service.d'],
    ['unit app.service'],
  ],
  [
    'packages',
    apt({ packages: ['nginx'] }),
    ['unit nginx.service', 'program nginx', 'user www-data', 'path /etc/nginx', 'path /var/www'],
    ['path /srv/app', 'path /home/app', 'path /usr/local/bin/tool', 'setting net.ipv4.ip_forward'],
  ],
  ['packages that go', apt({ packages: ['nginx'], state: 'absent' }), [], ['unit nginx.service', 'path /etc/nginx']],
  ['an account', mysqlUser({ name: 'repl', host: '%', state: 'absent' }), ['account repl'], ['account app']],
  ['a path that is waited for', waitFor({ path: '/run/app' }), ['path /run/app'], ['unit app.service']],
]

it.each([
  ['a command', command],
  ['a script', script],
])('%s provides what it creates, and perhaps anything', (_what, { resource }) => {
  expect(resource.provides?.({ creates: '/srv/made' })).toEqual(['anything', 'path /srv/made'])
  expect(resource.provides?.({})).toEqual(['anything'])
})

describe('a change provides', () => {
  it.each(rows)('%s', (_what, task, provided, others) => {
    expect(task.problems).toEqual([])
    const provisions = provisionsOf(task)
    const fits = (need: Need) => provisions.some((provision) => fitOf(provision, need) > 0)
    expect(provided.filter((need) => !fits(need))).toEqual([])
    expect(others.filter(fits)).toEqual([])
  })

  it('the files of keys in the home that was read', () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxkZiBub3QgYSByZWFsIGtleSBidXQgMzIgYnl0 a'
    const task = authorizedKey({ user: 'app', keys: [key] })
    expect(provisionsOf(task)).toEqual([])
    expect(provisionsOf(task, { home: '/srv/app' })).toContain('path /srv/app/.ssh')
  })
})

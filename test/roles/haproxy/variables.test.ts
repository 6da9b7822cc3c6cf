/** What the haproxy role refuses, what it opens and asserts, and what it makes of statistics. */

import { describe, expect, it } from 'vitest'
import { haproxy } from '../../../roles/haproxy/role.ts'
import { rowsOf } from '../../../roles/haproxy/status.ts'
import { contextOf, tasksOf } from '../role-cases.ts'

type Input = Parameters<typeof haproxy>[0]
const problemsOf = (variables: unknown) =>
  haproxy(variables as Input).problems.map(({ path, message }) => `${path}: ${message}`)
const around = {
  hosts: [
    { name: 'web1', address: '198.51.100.11', groups: ['web', 'database', 'monitoring'] },
    { name: 'web2', address: '198.51.100.12', groups: ['web', 'database'] },
  ],
}
const tls = { certificates: [{ bundle: '/srv/site.pem' }], names: ['www.foobar.com'] }

describe('bad variables', () => {
  it.each<[string, unknown, string[]]>([
    ['a misspelt name', { balanse: 'source' }, ['balanse: is not known here; did you mean balance?']],
    [
      'a certificate of no kind',
      { tls: { certificates: [{ name: 'site' }] } },
      ['tls.certificates.0: must have bundle, or name and pem, or name, names and authority'],
    ],
    [
      'an active host where all are',
      { activeHost: 'web1' },
      ["activeHost: means nothing without mode: 'active-passive'"],
    ],
    [
      'a name that is taken',
      { backends: [{ name: 'web', servers: [{ name: 'a', address: 'a', port: 1 }] }] },
      ['backends.0.name: web is there already'],
    ],
    [
      'a frontend with the name of a backend',
      {
        frontends: [{ name: 'a', binds: [{ port: 1 }], backend: 'a' }],
        backends: [{ name: 'a', servers: [{ name: 'a', address: 'a', port: 1 }] }],
      },
      ['backends.0.name: a is there already'],
    ],
    [
      'a backend that is not there',
      { frontends: [{ name: 'a', binds: [{ port: 1 }], backend: 'b' }] },
      ['frontends.0.backend: there is no backend b'],
    ],
    [
      'TLS without certificates',
      { frontends: [{ name: 'a', binds: [{ port: 1, tls: true }], backend: 'web' }] },
      ['frontends.0.binds: want TLS, and tls is missing'],
    ],
    [
      'a redirect to names that nobody says',
      { tls: { certificates: tls.certificates } },
      ['tls.names: is missing: plain HTTP is redirected to these alone, and no certificate says them'],
    ],
    ['one port for both', { tls, httpsPort: 80 }, ['httpsPort: is that of plain HTTP']],
    ['a line that is two', { extraGlobal: ['a\nb'] }, ['extraGlobal.0: must be one line']],
    [
      'a path that would end its word',
      { check: { path: '/a b' } },
      ['check.path: must be an absolute path without spaces, # or quotes'],
    ],
  ])('%s', (_about, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })

  it('no hosts to balance over', () => {
    const [first] = tasksOf(haproxy({ webGroup: 'shop' }), around)
    expect(first?.desired).toMatchObject({
      that: false,
      message: 'HAProxy has no servers: there are no hosts in group shop, which webGroup names',
    })
  })
})

describe('what it opens', () => {
  const opened = (variables: Input) => haproxy(variables).opens(contextOf(around))

  it('is the site to all, and metrics to monitoring alone', () => {
    expect(opened({ tls, database: {} })).toEqual([
      { name: 'http', port: 80, from: 'anyone' },
      { name: 'https', port: 443, from: 'anyone' },
      { name: 'haproxy metrics', port: 8404, from: ['198.51.100.11'] },
    ])
  })

  it('is what frontends say', () => {
    const frontend = { name: 'mail', binds: [{ port: 25 }, { port: 587 }], backend: 'web' }
    expect(opened({ frontends: [{ ...frontend, openTo: ['192.0.2.0/24'] }], openTo: ['10.0.0.0/8'] })).toEqual([
      { name: 'http', port: 80, from: ['10.0.0.0/8'] },
      { name: 'haproxy metrics', port: 8404, from: ['198.51.100.11'] },
      { name: 'mail', port: 25, from: ['192.0.2.0/24'] },
      { name: 'mail', port: 587, from: ['192.0.2.0/24'] },
    ])
    expect(opened({ frontends: [frontend] })).toHaveLength(2)
  })
})

it('puts every server back that a run has left drained', () => {
  const tasks = tasksOf(haproxy({ database: {} }), around).filter(({ resource }) => resource.type === 'haproxyServer')
  expect(tasks.map(({ title }) => title)).toEqual(
    ['web', 'mysql-write', 'mysql-read'].flatMap((name) => [1, 2].map((host) => `haproxyServer ${name}/web${host}`)),
  )
  expect(tasks.map(({ desired }) => desired)).toEqual(
    tasks.map(() => expect.objectContaining({ state: 'ready', ifRunning: true, waitMs: 0 })),
  )
})

describe('the status', () => {
  it('tells of each server how it is', () => {
    const stdout = `# pxname,svname,scur,status,check_status,last_chk
web,web1,3,UP,L7OK,
web,web2,0,DOWN,L4CON,Connection refused
mail,mx,0,DRAIN,L4OK,
mysql-write,web1,1,UP,L7OK,
mysql-write,web2,0,DOWN,L7STS,
mysql-read,web1,0,DOWN,L7STS,
other,a,0,no check,,

`
    const rows = rowsOf(stdout)
    expect(rows[0]).toEqual({
      backend: 'web',
      server: 'web1',
      state: { text: 'UP', level: 'good' },
      sessions: 3,
      'last check': 'L7OK',
    })
    expect(rows[1]).toMatchObject({ state: { text: 'DOWN', level: 'bad' }, 'last check': 'L4CON Connection refused' })
    const levels = rows.map(({ state }) => (state as { level: string }).level)
    // The server that is not writable is no trouble while another is; no replica at all is.
    expect(levels).toEqual(['good', 'bad', 'warning', 'good', 'good', 'bad', 'good'])
  })

  it('says so where HAProxy does not answer', () => {
    expect(rowsOf('')).toEqual([{ backend: 'none', state: { text: 'HAProxy does not answer', level: 'bad' } }])
  })
})

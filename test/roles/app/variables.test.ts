/** What the app role refuses, what it opens, what it restarts and how, and what it shows. */

import { Secret } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { app } from '../../../roles/app/role.ts'
import { releaseProbe } from '../../../roles/app/status.ts'
import { appVariables } from '../../../roles/app/variables.ts'
import { flattenTasks } from '../../../src/model/task.ts'
import { contextOf, tasksOf } from '../role-cases.ts'

const release = '0123456789abcdef'
const problemsOf = (variables: object) => app(variables).problems.map(({ path, message }) => `${path}: ${message}`)

describe('bad variables', () => {
  it.each<[string, object, string]>([
    ['nothing to run', {}, 'source: is missing, and release too: what is to run?'],
    ['a relative path', { source: '../app' }, 'source: must be an absolute path, or new URL(…, import.meta.url)'],
    ['a release that is none', { release: 'v1' }, 'release: must be the name of a release: 16 hexadecimal digits'],
    ['a name that is no file', { release, name: '../x' }, 'name: must be small letters, digits and -'],
    ['a variable that is none', { release, environment: { 'A B': '1' } }, 'environment.A B: is no name of a variable'],
    [
      'too few releases to go back',
      { release, keepReleases: 1 },
      'keepReleases: is at least 2: the one in force, and the one to go back to',
    ],
    ['an option of two words', { release, nodeOptions: ['--a b'] }, 'nodeOptions.0: must be one option'],
    ['a misspelt name', { release, prot: 1 }, 'prot: is not known here; did you mean port?'],
  ])('%s', (_about, variables, problem) => {
    expect(problemsOf(variables)).toEqual([problem])
  })
})

it('opens nothing unless it is told to whom', () => {
  const hosts = [
    { name: 'web1', groups: ['web'] },
    { name: 'lb1', address: '192.0.2.9', groups: ['balancer'] },
  ]
  const opened = (openTo: string[]) => app({ release, address: '192.0.2.1', openTo }).opens(contextOf({ hosts }))
  expect(opened([])).toEqual([])
  expect(opened(['balancer', '198.51.100.0/24', '2001:db8::1'])).toEqual([
    { name: 'foobar-app', port: 3000, from: ['192.0.2.9', '198.51.100.0/24', '2001:db8::1'] },
  ])
})

describe('what changes', () => {
  const notified = (variables: object) =>
    Object.fromEntries(
      tasksOf(app({ release, ...variables }))
        .filter(({ notify }) => notify.length > 0)
        .map(({ title, notify }) => [
          title,
          notify.map((one) => `${one.name}: ${one.tasks.map((task) => task.title)}`),
        ]),
    )

  it('ends in a restart, the socket first', () => {
    const restart = `restart foobar-app: restart foobar-app,release ${release} is in force`
    expect(notified({})).toEqual({
      'systemdUnit foobar-app.socket': ['reopen foobar-app.socket: reopen foobar-app.socket', restart],
      'file /etc/foobar-app.env': [restart],
      'symlink /srv/foobar-app/current': [restart],
      'systemdUnit foobar-app.service': [restart],
    })
  })

  it('restarts before the services are started, so a new application is not drained; old releases go before that', () => {
    const nodes = flattenTasks(app({ release }).tasks(contextOf()))
    const order = nodes.map((node) => (node.kind === 'task' ? node.title : node.kind)).slice(-4)
    expect(order).toEqual([
      'at most 5 releases of foobar-app',
      'flush',
      'service foobar-app.socket',
      'service foobar-app',
    ])
  })

  it('ends in a restart between draining and putting back, and is judged last', () => {
    const balancing = { balancers: ['lb1', 'lb2'], backend: 'web' }
    expect(notified({ balancing })['file /etc/foobar-app.env']).toEqual([
      'restart foobar-app: drain web/web1 on lb1,drain web/web1 on lb2,restart foobar-app,' +
        `put back web/web1 on lb1,put back web/web1 on lb2,release ${release} is in force`,
    ])
  })
})

it('a secret makes the whole environment one, and stands in it as systemd reads it', () => {
  const password = new Secret('p', 'a"b$c`d\\e')
  const tasks = tasksOf(app({ release, environment: { PASSWORD: password } }))
  const content = tasks
    .map(({ desired }) => desired as { path?: string; mode?: string; source?: { content: unknown } })
    .find(({ path }) => path === '/etc/foobar-app.env')
  expect(content?.mode).toBe('0600')
  const text = content?.source?.content
  expect(text instanceof Secret && text.reveal()).toContain('\nPASSWORD="a\\"b\\$c\\`d\\\\e"\n')
})

describe('status', () => {
  const rows = (lines: string[]) =>
    releaseProbe(appVariables.parse({ release })).parse({ status: 0, stdout: lines.join('\n') })
  const running = [
    `current=releases/${release}`,
    `running=/srv/foobar-app/releases/${release}`,
    'ActiveState=active',
    'ActiveEnterTimestamp=Mon 2026-11-23 08:38:50 UTC',
    'node=v20.19.2',
    'ready=200',
  ]
  const since = '2026-11-23 08:38:50 UTC'
  const app = 'foobar-app'
  const node = 'v20.19.2'

  it.each<[string, string[], object]>([
    ['ready', running, { app, release, since, ready: { text: 'yes', level: 'good' }, node }],
    [
      'not ready',
      running.with(5, 'ready=503'),
      { app, release, since, ready: { text: 'no (503)', level: 'bad' }, node },
    ],
    [
      'not restarted',
      running.with(1, 'running=/srv/foobar-app/releases/fedcba9876543210'),
      {
        app,
        release: { text: `fedcba9876543210, not ${release}`, level: 'warning' },
        since,
        ready: { text: 'yes', level: 'good' },
        node,
      },
    ],
    [
      'down',
      [running[0] as string, 'ActiveState=failed', 'node=v20.19.2', 'ready=no answer'],
      { app, release, since: '', ready: { text: 'failed', level: 'bad' }, node },
    ],
    ['not there', ['current='], { app, release: { text: 'none', level: 'bad' } }],
  ])('%s', (_about, lines, row) => {
    expect(rows(lines)).toEqual([row])
  })
})

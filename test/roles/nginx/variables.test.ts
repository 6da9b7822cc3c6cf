/** What the nginx role refuses, and in which words; and what it makes of what is left out. */

import { describe, expect, it } from 'vitest'
import { nginx } from '../../../roles/nginx/role.ts'
import { nginxProbe } from '../../../roles/nginx/status.ts'
import { nginxVariables } from '../../../roles/nginx/variables.ts'
import { quoted } from '../../../roles/nginx/words.ts'
import { factsOf, type NginxInput, problemsOf, rendered, tasksOf } from './case.ts'

const site = { serverNames: ['www.foobar.com'], root: '/srv/www' }
const tls = { certificate: '/srv/tls.crt', key: '/srv/tls.key' }
const withLocation = (location: object) => ({ sites: [{ ...site, locations: [{ path: '/x', ...location }] }] })

describe('bad variables', () => {
  it.each<[string, unknown, string[]]>([
    ['no sites', { sites: [] }, ['sites: Too small: expected array to have >=1 items']],
    ['a misspelt name', { sites: [{ ...site, rot: '/x' }] }, ['sites.0.rot: is not known here; did you mean root?']],
    [
      'nothing to answer with',
      { sites: [{ serverNames: ['a'] }] },
      ['sites.0.root: is missing, and redirectTo and locations too: what is to answer?'],
    ],
    [
      'a name that would end the directive',
      { sites: [{ ...site, serverNames: ['a; evil'] }] },
      ['sites.0.serverNames.0: must be a host name, *.name, name.*, ~ and a regular expression, or _'],
    ],
    [
      'a path that would end the directive',
      { sites: [{ ...site, root: '/srv; evil' }] },
      ['sites.0.root: must be an absolute path without spaces, ; { } or quotes'],
    ],
    [
      'a size',
      { sites: [site], clientMaxBodySize: '10 MB' },
      ['clientMaxBodySize: must be a size as nginx writes it: 512k, 64m'],
    ],
    ['a directive without its end', { sites: [site], extraHttp: ['gzip on'] }, ['extraHttp.0: must end with ; or }']],
    [
      'a header of two lines',
      { sites: [{ ...site, headers: { 'X-A': 'a\nb' } }] },
      ['sites.0.headers.X-A: must be one line'],
    ],
    [
      'two sites with one file',
      { sites: [site, { ...site, serverNames: ['www.foobar.com', 'b'], port: 81 }] },
      ['sites.1.name: sites 0 has the same file www.foobar.com.conf; give one another name'],
    ],
    [
      'two sites with one name on one port',
      { sites: [site, { ...site, name: 'b', serverNames: ['b', 'www.foobar.com'] }] },
      ['sites.1.serverNames: sites 0 has www.foobar.com on port 80 already'],
    ],
    [
      'a site on the port of a redirect to HTTPS',
      {
        sites: [
          { ...site, tls },
          { ...site, name: 'plain' },
        ],
      },
      [
        'sites.1.serverNames: sites 0 has www.foobar.com on port 80 already; say redirectHttp: false for the one with tls',
      ],
    ],
    [
      'two defaults of one port',
      {
        sites: [
          { ...site, default: true },
          { ...site, serverNames: ['b'], default: true },
        ],
      },
      ['sites.1.default: sites 0 is the default of port 80 already'],
    ],
    [
      'two answers in one location',
      withLocation({ proxyPass: 'http://app', return: { status: 200 } }),
      ['sites.0.locations.0: has proxyPass and return, of which only one can answer'],
    ],
    [
      'an open location that looks closed',
      withLocation({ return: { status: 200, body: 'secret' }, allowFrom: ['10.0.0.0/8'] }),
      [
        'sites.0.locations.0.allowFrom: keeps nobody out of a location with return: nginx answers before it looks who asks',
      ],
    ],
    [
      'an open location of a site that looks closed',
      {
        sites: [{ ...withLocation({ return: { status: 200 } }).sites[0], basicAuth: { userFile: '/etc/nginx/users' } }],
      },
      [
        'sites.0.basicAuth: /x is answered before nginx asks for a password; say basicAuth: false there to have it open',
      ],
    ],
    [
      'two locations of one path',
      { sites: [{ ...site, locations: [{ path: '= /x' }, { path: '=  /x' }] }] },
      ['sites.0.locations: = /x is there twice'],
    ],
    [
      'a redirect beside a location for all',
      { sites: [{ ...site, redirectTo: 'https://b', locations: [{ path: '/' }] }] },
      ['sites.0.redirectTo: cannot stand beside a location /'],
    ],
    [
      'a format that is not there',
      { sites: [site], accessLog: { path: '/x', format: 'json' } },
      ['accessLog.format: json is not among logFormats'],
    ],
    [
      'a backup where there can be none',
      { sites: [site], upstreams: [{ name: 'a', strategy: 'ip_hash', servers: [{ address: 'a', backup: true }] }] },
      ['upstreams.0.servers.0.backup: cannot stand beside the strategy ip_hash, which knows no backups'],
    ],
    [
      'an upstream that is there twice',
      { sites: [site], upstreams: ['a', 'a'].map((name) => ({ name, servers: [{ address: 'b' }] })) },
      ['upstreams.1.name: a is there twice'],
    ],
    [
      'a proxy that is no address',
      withLocation({ proxyPass: 'app' }),
      ['sites.0.locations.0.proxyPass: must be an http or https URL without spaces'],
    ],
    [
      'the PROXY protocol of nobody in particular',
      { sites: [{ ...site, proxyProtocol: true }] },
      ['sites.0.proxyProtocol: is of no use: realIpFrom is empty, so nobody’s word is believed'],
    ],
    [
      'a port with and without the PROXY protocol',
      {
        sites: [
          { ...site, proxyProtocol: true },
          { ...site, serverNames: ['b'] },
        ],
        realIpFrom: ['192.0.2.1'],
      },
      ['sites.1.proxyProtocol: sites 0 has port 80 with it; a port has it or has it not'],
    ],
    [
      'a network',
      { sites: [site], realIpFrom: ['10.0.0.0/33'] },
      ['realIpFrom.0: must be an address or a network such as 10.0.0.0/8'],
    ],
  ])('%s', (_about, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })

  it('of extra files are those of the configuration, told before a run', () => {
    const tasks = tasksOf({ sites: [site], extraFiles: { '../passwd': 'x', 'nginx.conf/a': 'x' } })
    const problems = tasks.flatMap((task) => task.problems.map(({ message }) => message))
    expect(problems.join('\n')).toContain('"../passwd" must be a plain path below path')
  })
})

describe('sites that may stand beside one another', () => {
  it.each<[string, object[]]>([
    ['on other ports', [site, { ...site, name: 'b', port: 81 }]],
    [
      'on other addresses',
      [
        { ...site, addresses: ['192.0.2.1'] },
        { ...site, name: 'b', addresses: ['192.0.2.2'] },
      ],
    ],
    [
      'a default of its own for each port',
      [
        { ...site, default: true },
        { ...site, name: 'b', default: true, port: 81 },
      ],
    ],
    [
      'with and without TLS',
      [
        { ...site, tls: { ...tls, redirectHttp: false } },
        { ...site, name: 'plain' },
      ],
    ],
  ])('%s', (_about, sites) => {
    expect(problemsOf({ sites })).toEqual([])
  })

  it('the default of port 80 is a site, not a redirect to HTTPS', () => {
    const files = rendered({
      sites: [
        { ...site, tls, default: true },
        { ...site, serverNames: ['b.example'], default: true },
      ],
    })
    expect(files['sites-enabled/www.foobar.com.conf']).toContain('listen 443 ssl default_server;')
    expect(files['sites-enabled/www.foobar.com.conf']).toContain('listen 80;')
    expect(files['sites-enabled/b.example.conf']).toContain('listen 80 default_server;')
  })
})

describe('names of files', () => {
  it.each([
    ['_', 'default.conf'],
    ['*.foobar.com', '_.foobar.com.conf'],
    ['~^(a|b)/', '___a_b__.conf'],
  ])('%s is in %s', (serverName, file) => {
    expect(Object.keys(rendered({ sites: [{ ...site, serverNames: [serverName] }] }))).toContain(
      `sites-enabled/${file}`,
    )
  })
})

describe('a quoted word', () => {
  // As nginx reads it: a backslash before these characters goes, \t, \r and \n become what they name.
  const readByNginx = (word: string) =>
    word
      .slice(1, -1)
      .replaceAll(
        /\\(["'\\trn])/g,
        (_all, character: string) => ({ t: '\t', r: '\r', n: '\n' })[character] ?? character,
      )

  it.each([
    'plain',
    'a "b" \'c\'',
    '\\',
    '\\\\',
    '\\n',
    '\\\\n',
    'a\nb\tc\rd',
    '^/\\d{4}\\.x$',
    'end\\',
    '"',
    '\\"',
    '',
  ])('%j', (text) => {
    const word = quoted(text)
    expect(readByNginx(word)).toBe(text)
    expect(word).toMatch(/^"([^"\\]|\\.)*"$/)
  })
})

it('the variables are a strict object with a default for everything but the sites', () => {
  expect(Object.keys(nginxVariables.parse({ sites: [site] })).length).toBeGreaterThan(20)
})

describe('what is opened', () => {
  const hosts = (group?: string) =>
    ['lb1', 'lb2'].map((name, index) => ({
      name,
      address: `192.0.2.${index + 1}`,
      vars: {},
      groups: [group ?? ''],
      reached: true,
      facts: factsOf('static-site'),
    }))
  const opened = (variables: Partial<NginxInput>) => {
    const around = { host: hosts()[0] as ReturnType<typeof hosts>[number], hosts }
    return nginx({ sites: [site], ...variables }).opens(around)
  }

  it('are the ports of the sites, each once', () => {
    const sites = [
      { ...site, tls },
      { ...site, serverNames: ['b'], port: 8080, addresses: ['192.0.2.1'] },
      { ...site, serverNames: ['c'], port: 8080, addresses: ['192.0.2.1'] },
    ]
    const from = 'anyone'
    expect(opened({ sites })).toEqual([80, 443, 8080].map((port) => ({ name: 'nginx', port, from })))
  })

  it('is not a site that listens on the host alone, nor the counters', () => {
    const own = { ...site, serverNames: ['own'], port: 81, addresses: ['127.0.0.1', '::1'] }
    expect(opened({ sites: [own], stubStatusPort: 8081 })).toEqual([])
  })

  it('is open to those it is said to be open to', () => {
    expect(opened({ openTo: ['balancer', '198.51.100.0/24'] })).toEqual([
      { name: 'nginx', port: 80, from: ['192.0.2.1', '192.0.2.2', '198.51.100.0/24'] },
    ])
    expect(opened({ openTo: [] })).toEqual([])
  })
})

describe('status', () => {
  const rows = (...lines: string[]) => nginxProbe().parse({ status: 0, stdout: `${lines.join('\n')}\n` })

  it.each<[string, string[], object]>([
    [
      'up',
      [
        'ActiveState=active',
        'ActiveEnterTimestamp=Mon 2026-11-23 08:38:50 UTC',
        'Version=1.26.3 (Ubuntu)',
        'Site=/etc/nginx/sites-enabled/a.conf',
        'Site=/etc/nginx/sites-enabled/b.foobar.com.conf',
      ],
      {
        state: { text: 'active', level: 'good' },
        since: '2026-11-23 08:38:50 UTC',
        version: '1.26.3',
        sites: 'a b.foobar.com',
      },
    ],
    [
      'down',
      ['ActiveState=failed', 'ActiveEnterTimestamp=', 'Version=1.26.3'],
      { state: { text: 'failed', level: 'bad' }, since: '', version: '1.26.3', sites: '' },
    ],
    ['not there', ['ActiveState=inactive'], { state: { text: 'not installed', level: 'bad' } }],
  ])('%s', (_about, lines, row) => {
    expect(rows(...lines)).toEqual([row])
  })
})

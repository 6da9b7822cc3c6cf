/** Destinations: the inventory over ssh_config over the defaults. */

import { expect, test } from 'vitest'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import { algorithmsFor, hostKeyAlgorithms } from '../../../src/transport/algorithms.ts'
import { expandProxyTokens } from '../../../src/transport/proxy-command.ts'
import { addressOf, type Destination, destinationOf } from '../../../src/transport/ssh-config/destination.ts'
import { type Hop, parseHops } from '../../../src/transport/ssh-config/hops.ts'
import type { SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts'

const environment = {
  home: '/home/me',
  user: 'me',
  uid: 1000,
  localHost: 'desk.example.net',
  variables: { SSH_AUTH_SOCK: '/run/agent', XDG_RUNTIME_DIR: '/run/user/1000' },
}
/** As ssh_config writes variables. */
const variable = (name: string) => `$\{${name}}`
const nothing: SshConfig = { identityFiles: [], certificateFiles: [], ignored: [], places: new Map() }
const resolve = (settings: ConnectionSettings, config: Partial<SshConfig> = {}) =>
  destinationOf({ name: 'web1', address: 'Web1.example.org', settings }, { ...nothing, ...config }, environment)

test('the defaults', () => {
  expect(resolve({})).toEqual({
    name: 'web1',
    host: 'web1.example.org',
    port: 22,
    user: 'me',
    route: { kind: 'tcp' },
    hostKeyNames: ['web1.example.org'],
    hostKeyChecking: 'strict',
    knownHostsFiles: ['/home/me/.ssh/known_hosts', '/home/me/.ssh/known_hosts2'],
    globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
    hashKnownHosts: false,
    identityFiles: ['ed25519', 'ecdsa', 'rsa', 'ed25519_sk', 'ecdsa_sk'].map((type) => `/home/me/.ssh/id_${type}`),
    identitiesNamed: false,
    certificateFiles: [],
    identitiesOnly: false,
    agentSocket: '/run/agent',
    connectTimeoutMs: 15_000,
    keepaliveIntervalMs: 5_000,
    inherited: {},
    ignored: [],
  } satisfies Destination)
})

const cases: [
  title: string,
  settings: ConnectionSettings,
  config: Partial<SshConfig>,
  expected: Partial<Destination>,
][] = [
  [
    'ssh_config over the defaults',
    {},
    { hostName: '10.0.0.1', port: 2222, user: 'admin', connectTimeoutSeconds: 3, serverAliveIntervalSeconds: 2 },
    { host: '10.0.0.1', port: 2222, user: 'admin', connectTimeoutMs: 3000, keepaliveIntervalMs: 2000 },
  ],
  [
    'the inventory over ssh_config',
    { port: 1, user: 'root', connectTimeoutMs: 7, keepaliveIntervalMs: 8 },
    { port: 2222, user: 'admin', connectTimeoutSeconds: 3, serverAliveIntervalSeconds: 2 },
    { port: 1, user: 'root', connectTimeoutMs: 7, keepaliveIntervalMs: 8 },
  ],
  ['a keepalive switched off means the default', {}, { serverAliveIntervalSeconds: 0 }, { keepaliveIntervalMs: 5000 }],
  [
    'known_hosts has HostName first, then the address',
    { port: 2222 },
    { hostName: '10.0.0.1' },
    { hostKeyNames: ['[10.0.0.1]:2222', '[web1.example.org]:2222'] },
  ],
  ['an alias is looked up without port', { port: 2222 }, { hostKeyAlias: 'Alias' }, { hostKeyNames: ['alias'] }],
  [
    'an alias of the inventory comes before one of ssh_config',
    { hostKeyAlias: 'Mine' },
    { hostKeyAlias: 'theirs' },
    { hostKeyNames: ['mine'] },
  ],
  [
    'whether other keys of the agent are offered is for the inventory to say',
    { identitiesOnly: false },
    { identitiesOnly: true },
    { identitiesOnly: false },
  ],
  [
    'identity files with tokens',
    { identityFile: ['~/.ssh/%r@%h', '%d/%u', '100%%'], user: 'root' },
    { identityFiles: ['other'] },
    { identityFiles: ['/home/me/.ssh/root@web1.example.org', '/home/me/me', '100%'], identitiesNamed: true },
  ],
  ['IdentityFile none: not even the defaults', {}, { identityFiles: ['none'] }, { identityFiles: [] }],
  ['a known_hosts file of its own', { knownHostsFile: '~/kh' }, {}, { knownHostsFiles: ['/home/me/kh'] }],
  [
    'checking: the inventory decides',
    { hostKeyChecking: 'strict' },
    { hostKeyChecking: 'no' },
    { hostKeyChecking: 'strict' },
  ],
  [
    'a variable in IdentityAgent',
    {},
    { identityAgent: `${variable('XDG_RUNTIME_DIR')}/s` },
    { agentSocket: '/run/user/1000/s' },
  ],
  ['a variable that holds the agent', {}, { identityAgent: '$XDG_RUNTIME_DIR' }, { agentSocket: '/run/user/1000' }],
  [
    'tokens of files',
    { port: 2222 },
    {
      hostName: '10.0.0.1',
      user: 'root',
      hostKeyAlias: 'Alias',
      userKnownHostsFiles: ['/%n/%k/%h/%p/%r/%u/%i/%L/%l/%j'],
    },
    { knownHostsFiles: ['/Web1.example.org/alias/10.0.0.1/2222/root/me/1000/desk/desk.example.net/'] },
  ],
  [
    '%C tells connections apart',
    {},
    { proxyJump: 'gate', userKnownHostsFiles: ['/%C'] },
    // From sha1sum of desk.example.netweb1.example.org22megate.
    { knownHostsFiles: ['/5bdfe4935de2ba7e83bf902c9ddf72130e12c4c4'] },
  ],
  [
    'tokens in ProxyJump',
    {},
    { proxyJump: '%r@gate-%h' },
    { route: { kind: 'jump', hops: [{ host: 'gate-web1.example.org', user: 'me' }] } },
  ],
  ['the user with a token', {}, { user: `%u-${variable('XDG_RUNTIME_DIR')}` }, { user: 'me-/run/user/1000' }],
  ['certificates', {}, { certificateFiles: ['~/c', 'none'] }, { certificateFiles: ['/home/me/c'] }],
  ['hashed names', {}, { hashKnownHosts: true }, { hashKnownHosts: true }],
  ['an agent of ssh_config', {}, { identityAgent: '~/agent' }, { agentSocket: '/home/me/agent' }],
  [
    'a socket before all proxies',
    { socketPath: '~/s', proxyCommand: 'x' },
    {},
    { route: { kind: 'unix', path: '/home/me/s' } },
  ],
  [
    'a bastion of the inventory hides a proxy command of ssh_config',
    { proxyJump: 'gate' },
    { proxyCommand: 'nc %h %p' },
    { route: { kind: 'jump', hops: [{ host: 'gate' }] } },
  ],
  ['proxyJump none hides that of ssh_config', { proxyJump: 'none' }, { proxyJump: 'gate' }, { route: { kind: 'tcp' } }],
  ['ProxyCommand none', {}, { proxyCommand: 'none' }, { route: { kind: 'tcp' } }],
  [
    'what a bastion takes over',
    { user: 'x', port: 1, identityFile: 'k', proxyJump: 'gate', hostKeyChecking: 'accept-new' },
    {},
    { inherited: { identityFile: 'k', hostKeyChecking: 'accept-new' } },
  ],
]

test.each(cases)('%s', (_, settings, config, expected) => {
  expect(resolve(settings, config)).toMatchObject(expected)
})

test('IdentityAgent none switches the agent off', () => {
  expect(resolve({}, { identityAgent: 'none' })).not.toHaveProperty('agentSocket')
})

test.each<[Partial<SshConfig>, string]>([
  [{ identityFiles: ['~/%x'] }, '%x is no token that can stand here (/c:7)'],
  [{ identityFiles: ['~/%'] }, '% is no token that can stand here (/c:7)'],
  [{ identityAgent: `${variable('NOT_SET')}/x` }, `the variable ${variable('NOT_SET')} is not set (/c:7)`],
  [{ identityAgent: '$'.concat('{NOT_SET') }, '{NOT_SET is no variable (/c:7)'],
  [{ userKnownHostsFiles: ['~other/x'] }, 'the home of another user, ~other, is not supported (/c:7)'],
  [{ proxyJump: 'gate-%C' }, '%C is no token that can stand here (/c:7)'],
  [{ user: '%r' }, '%r is no token that can stand here (/c:7)'],
])('what cannot be expanded is told with its place: %j', (config, message) => {
  const places = new Map(
    Object.values(config)
      .flat()
      .map((value) => [String(value), { file: '/c', line: 7 }]),
  )
  expect(() => resolve({}, { ...config, places })).toThrow(message)
})

test.each<[string, Hop[]]>([
  ['gate', [{ host: 'gate' }]],
  ['me@gate:2222', [{ host: 'gate', user: 'me', port: 2222 }]],
  ['a, me@b', [{ host: 'a' }, { host: 'b', user: 'me' }]],
  ['[2001:db8::1]:22', [{ host: '2001:db8::1', port: 22 }]],
  ['ssh://me@gate:2222/', [{ host: 'gate', user: 'me', port: 2222 }]],
  ['2001:db8::1', [{ host: '2001:db8::1' }]],
])('hops %s', (text, hops) => {
  expect(parseHops(text)).toEqual(hops)
})

test('an address as messages show it', () => {
  expect(addressOf({ user: 'me', host: '2001:db8::1', port: 22 })).toBe('me@[2001:db8::1]:22')
})

const proxyOf = (command: string, settings: ConnectionSettings = {}, config: Partial<SshConfig> = {}) => {
  const destination = resolve({ ...settings, proxyCommand: command }, config)
  const { tokens = {} } = destination.route as { tokens?: Record<string, string> }
  return expandProxyTokens(command, tokens, destination)
}

test('tokens of a proxy command', () => {
  expect(proxyOf("nc '%h' %p # %r 100%%")).toBe("nc 'web1.example.org' 22 # me 100%")
  expect(proxyOf('nc %h %n %k', { hostName: '10.0.0.1' })).toBe('nc 10.0.0.1 Web1.example.org Web1.example.org')
  expect(proxyOf('nc %h %k', {}, { hostKeyAlias: 'Alias' })).toBe('nc web1.example.org alias')
  expect(() => proxyOf('nc %h %x')).toThrow('%x is no token of ProxyCommand')
})

test.each([[{ user: '-oProxyCommand=x' }], [{ hostName: '-e/bin/sh' }]])(
  'a word that would be an option of the proxy command is refused',
  (settings) => {
    expect(() => proxyOf('nc %h %p %r', settings)).toThrow(/cannot stand for/)
  },
)

test('the algorithms are those that dev-sec and Mozilla allow, and none with SHA-1, CBC or a small group', () => {
  const all = Object.values(algorithmsFor(hostKeyAlgorithms([])))
    .flat()
    .join(' ')
  expect(all).not.toMatch(/sha1|cbc|3des|arcfour|md5|dss|ssh-rsa|umac-64|group1\b|group14|group-exchange/)
  expect(algorithmsFor([]).kex).toContain('curve25519-sha256')
})

test('ssh_config allows less of the algorithms, never more', () => {
  const limits = {
    ciphers: 'aes256-*,3des-cbc',
    kexalgorithms: '-ecdh-*,diffie-*',
    macs: '+hmac-md5',
    hostkeyalgorithms: '^ssh-rsa',
  }
  const { cipher, kex, hmac, serverHostKey } = algorithmsFor(hostKeyAlgorithms([]), limits)
  expect(cipher).toEqual(['aes256-gcm@openssh.com', 'aes256-ctr'])
  expect(kex).toEqual(['curve25519-sha256', 'curve25519-sha256@libssh.org'])
  expect([hmac, serverHostKey]).toEqual([algorithmsFor([]).hmac, hostKeyAlgorithms([])])
})

test('host key algorithms of known keys come first, and RSA goes by its signatures', () => {
  expect(hostKeyAlgorithms(['ssh-rsa', 'ecdsa-sha2-nistp256']).slice(0, 4)).toEqual([
    'ecdsa-sha2-nistp256',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-ed25519',
  ])
  expect(hostKeyAlgorithms([])[0]).toBe('ssh-ed25519')
})

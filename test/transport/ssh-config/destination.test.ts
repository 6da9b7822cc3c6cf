/** Destinations: the inventory over ssh_config over the defaults. */

import { expect, test } from 'vitest'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import { algorithmsFor, hostKeyAlgorithms } from '../../../src/transport/algorithms.ts'
import { expandProxyTokens } from '../../../src/transport/proxy-command.ts'
import { addressOf, type Destination, destinationOf } from '../../../src/transport/ssh-config/destination.ts'
import { type Hop, parseHops } from '../../../src/transport/ssh-config/hops.ts'
import type { SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts'

const environment = { home: '/home/me', user: 'me', authSocket: '/run/agent' }
const resolve = (settings: ConnectionSettings, config: Partial<SshConfig> = {}) =>
  destinationOf({ name: 'web1', address: 'Web1.example.org', settings }, { identityFiles: [], ...config }, environment)

test('the defaults', () => {
  expect(resolve({})).toEqual({
    name: 'web1',
    host: 'Web1.example.org',
    port: 22,
    user: 'me',
    route: { kind: 'tcp' },
    hostKeyNames: ['web1.example.org'],
    hostKeyChecking: 'strict',
    knownHostsFiles: ['/home/me/.ssh/known_hosts'],
    globalKnownHostsFiles: ['/etc/ssh/ssh_known_hosts'],
    identityFiles: ['/home/me/.ssh/id_ed25519', '/home/me/.ssh/id_ecdsa', '/home/me/.ssh/id_rsa'],
    identitiesNamed: false,
    identitiesOnly: false,
    agentSocket: '/run/agent',
    connectTimeoutMs: 15_000,
    keepaliveIntervalMs: 5_000,
    inherited: {},
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
    { identityFiles: ['/home/me/.ssh/root@Web1.example.org', '/home/me/me', '100%'], identitiesNamed: true },
  ],
  ['identity files none', {}, { identityFiles: ['none'] }, { identitiesNamed: false }],
  ['a known_hosts file of its own', { knownHostsFile: '~/kh' }, {}, { knownHostsFiles: ['/home/me/kh'] }],
  ['checking: ask is strict', {}, { strictHostKeyChecking: 'ask' }, { hostKeyChecking: 'strict' }],
  ['checking: off is no', {}, { strictHostKeyChecking: 'off' }, { hostKeyChecking: 'no' }],
  [
    'checking: the inventory decides',
    { hostKeyChecking: 'strict' },
    { strictHostKeyChecking: 'no' },
    { hostKeyChecking: 'strict' },
  ],
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

test('tokens of a proxy command', () => {
  expect(expandProxyTokens("nc '%h' %p # %r 100%% %x", resolve({}))).toBe("nc 'Web1.example.org' 22 # me 100% %x")
})

test.each([[{ user: '-oProxyCommand=x' }], [{ hostName: '-e/bin/sh' }]])(
  'a word that would be an option of the proxy command is refused',
  (settings) => {
    expect(() => expandProxyTokens('nc %h %p %r', resolve(settings))).toThrow(/cannot stand for/)
  },
)

test('the algorithms are those that dev-sec and Mozilla allow, and none with SHA-1, CBC or a small group', () => {
  const all = Object.values(algorithmsFor(hostKeyAlgorithms([])))
    .flat()
    .join(' ')
  expect(all).not.toMatch(/sha1|cbc|3des|arcfour|md5|dss|ssh-rsa|umac-64|group1\b|group14|group-exchange/)
  expect(algorithmsFor([]).kex).toContain('curve25519-sha256')
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

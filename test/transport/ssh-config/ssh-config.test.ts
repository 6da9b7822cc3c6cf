/** ssh_config: what each text says of a host. */

import { expect, test } from 'vitest'
import { readSshConfig, type SshConfig, type SshConfigQuery } from '../../../src/transport/ssh-config/ssh-config.ts'

const environment = { home: '/home/me', user: 'me', uid: 1000, localHost: 'desk.example.net', variables: {} }
const read = (text: string, query: Partial<SshConfigQuery> = {}, files: Record<string, string> = {}) => {
  const {
    places: _,
    ignored,
    ...config
  } = readSshConfig([{ text, file: '/c' }], {
    host: 'web1',
    environment,
    include: (pattern) => (files[pattern] === undefined ? [] : [{ text: files[pattern], file: pattern }]),
    run: (command) => command === 'true',
    ...query,
  })
  const given = { ...config, ignored: ignored.map(({ text }) => text) }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => !Array.isArray(value) || value.length > 0))
}

const cases: [title: string, text: string, expected: Partial<SshConfig>][] = [
  ['nothing', '', {}],
  ['comments and blank lines', '# Port 1\n\n   \n  # Host *\n', {}],
  ['the first value stands', 'Host web1\n Port 2222\nHost *\n Port 22\n User admin\n', { port: 2222, user: 'admin' }],
  ['another host', 'Host db*\n Port 2222\n', {}],
  ['? is exactly one character', 'Host web?\n Port 1\nHost web??\n Port 2\n', { port: 1 }],
  ['a negation leaves out', 'Host web* !web1\n Port 2222\nHost *\n Port 3', { port: 3 }],
  ['Host minds the case', 'Host WEB1\n Port 1\nHost *\n Port 2', { port: 2 }],
  ['keywords in any case, with an equals sign', 'PORT=2222\nuser = admin\n', { port: 2222, user: 'admin' }],
  ['a keyword in quotes', '"Port" 2222', { port: 2222 }],
  ['ends of line of Windows', 'Port 2222\r\nUser admin\r\n', { port: 2222, user: 'admin' }],
  ['%h in HostName', 'HostName %h.example.org', { hostName: 'web1.example.org' }],
  [
    'identity files add up',
    'IdentityFile ~/.ssh/a\nHost web1\n IdentityFile "~/my keys/b"\n IdentityFile ~/.ssh/a\n IdentitiesOnly yes',
    { identityFiles: ['~/.ssh/a', '~/my keys/b'], identitiesOnly: true },
  ],
  ['certificate files add up', 'CertificateFile a\nCertificateFile b', { certificateFiles: ['a', 'b'] }],
  ['IdentityFile none stays', 'IdentityFile none', { identityFiles: ['none'] }],
  ['a comment after a value', 'Port 2222 # the other one', { port: 2222 }],
  ['a number sign within a value', 'User a#b', { user: 'a#b' }],
  ['quotes and backslashes', `User "a b\\"c"'d'\\ e\\n`, { user: 'a b"cd e\\n' }],
  [
    'a proxy command is taken as it stands',
    `ProxyCommand sh -c 'nc  -X "connect"  %h %p # not a comment'`,
    { proxyCommand: `sh -c 'nc  -X "connect"  %h %p # not a comment'` },
  ],
  ['a comment after a bastion', 'ProxyJump me@gate # the old one', { proxyJump: 'me@gate' }],
  ['none cancels a later proxy', 'Host web1\n ProxyJump none\nHost *\n ProxyJump gate', { proxyJump: 'none' }],
  ['of the two proxies the first stands', 'ProxyCommand none\nProxyJump gate', { proxyCommand: 'none' }],
  ['a bastion hides a later command', 'ProxyJump gate\nProxyCommand x', { proxyJump: 'gate' }],
  ['no bastion hides no command', 'ProxyJump none\nProxyCommand x', { proxyJump: 'none', proxyCommand: 'x' }],
  [
    'several known_hosts files',
    'UserKnownHostsFile ~/.ssh/a "/tmp/b c"\nGlobalKnownHostsFile /etc/x',
    { userKnownHostsFiles: ['~/.ssh/a', '/tmp/b c'], globalKnownHostsFiles: ['/etc/x'] },
  ],
  [
    'the remaining settings',
    'StrictHostKeyChecking Accept-New\nHostKeyAlias Web\nConnectTimeout 7\nServerAliveInterval 3\nIdentityAgent none\nHashKnownHosts yes',
    {
      hostKeyChecking: 'accept-new',
      hostKeyAlias: 'web',
      connectTimeoutSeconds: 7,
      serverAliveIntervalSeconds: 3,
      identityAgent: 'none',
      hashKnownHosts: true,
    },
  ],
  ['checking: ask is strict', 'StrictHostKeyChecking ask', { hostKeyChecking: 'strict' }],
  ['checking: off is no', 'StrictHostKeyChecking off', { hostKeyChecking: 'no' }],
  ['yes in other words', 'IdentitiesOnly True', { identitiesOnly: true }],
  ['no in other words', 'IdentitiesOnly FALSE', { identitiesOnly: false }],
  [
    'times with units',
    'ConnectTimeout 30s\nServerAliveInterval 1h2M3',
    { connectTimeoutSeconds: 30, serverAliveIntervalSeconds: 3723 },
  ],
  [
    'a time that is none leaves it to a later one',
    'ConnectTimeout none\nConnectTimeout 5',
    { connectTimeoutSeconds: 5 },
  ],
  ['Match all', 'Host db\n Port 1\nMatch all\n Port 2', { port: 2 }],
  ['Match host sees HostName', 'HostName 10.0.0.1\nMatch host 10.0.0.*\n Port 2', { hostName: '10.0.0.1', port: 2 }],
  [
    'Match host does not mind the case',
    'HostName Web.Example\nMatch host web.*\n Port 2',
    { hostName: 'Web.Example', port: 2 },
  ],
  ['Match with an equals sign', 'Match host=web1\n Port 1', { port: 1 }],
  ['Match originalhost', 'HostName 10.0.0.1\nMatch originalhost web1,web2\n Port 2', { hostName: '10.0.0.1', port: 2 }],
  ['Match with two criteria', 'Match host web1 user root\n Port 1\nMatch host web1 !user root\n Port 2', { port: 2 }],
  ['Match localuser', 'Match localuser me\n Port 2', { port: 2 }],
  ['Match exec', 'Match exec "false"\n Port 1\nMatch exec "true"\n Port 2', { port: 2 }],
  ['Match !exec', 'Match !exec "false"\n Port 1', { port: 1 }],
  ['Match canonical and !canonical', 'Match canonical\n Port 1\nMatch !canonical\n Port 2', { port: 2 }],
  ['Match final comes last', 'Match final\n Port 1\n User a\nHost *\n Port 2', { port: 2, user: 'a' }],
  [
    'Match final has the host name matched once more',
    'Host web1\n HostName DB1\nMatch final host db1\n Port 1\nHost db1\n User a',
    { hostName: 'db1', port: 1, user: 'a' },
  ],
  ['Match final all', 'Match final all\n Port 1', { port: 1 }],
  ['no second reading without Match final', 'HostName db1\nHost db1\n Port 1', { hostName: 'db1' }],
  ['Match tagged', 'Tag a\nMatch tagged a\n Port 1', { port: 1 }],
  ['Match tagged without a tag', 'Match tagged ""\n Port 1\nMatch tagged a\n User b', { port: 1 }],
  ['Match sessiontype', 'Match sessiontype shell\n Port 1\nMatch sessiontype exec\n Port 2', { port: 2 }],
  [
    'what is not supported does not matter elsewhere',
    'Match host db localnetwork 10.0.0.0/8\n Port 1\nHost db\n AddressFamily inet',
    {},
  ],
  ['what has no bearing', 'ForwardAgent yes\nSendEnv LANG\nAddressFamily any\nUseKeychain yes', {}],
  ['unknown keywords that are to be ignored', 'IgnoreUnknown Foo*,Bar\nFooBar 1\nBar 2', {}],
]

test.each(cases)('%s', (_, text, expected) => {
  expect(read(text)).toEqual(expected)
})

test('what is not followed is told with keyword, file and line', () => {
  const text =
    'Host *\n AddressFamily inet\n AddressFamily inet6\n Ciphers aes128-ctr\n PKCS11Provider /x.so\n Flavour sweet'
  const { ignored } = readSshConfig([{ text, file: '/c' }], { host: 'web1', environment, include: () => [] })
  expect(ignored).toMatchObject([
    { matter: 'always', text: 'addressfamily inet in ssh_config is not supported (/c:2)' },
    { matter: 'key exchange', text: 'ciphers aes128-ctr in ssh_config limits what is offered (/c:4)' },
    { matter: 'login', text: 'pkcs11provider /x.so in ssh_config is not supported (/c:5)' },
    { matter: 'always', text: 'flavour in ssh_config is not known (/c:6)' },
  ])
})

test('lists of algorithms limit what is offered; more than is offered is not supported', () => {
  const text =
    'Ciphers aes256-*\nHost db\n MACs x\nHost *\n Ciphers aes128-*\n KexAlgorithms -ecdh-*\n HostKeyAlgorithms +x'
  expect(read(text)).toEqual({
    algorithmLimits: { ciphers: 'aes256-*', kexalgorithms: '-ecdh-*', hostkeyalgorithms: '+x' },
    ignored: [
      'ciphers aes256-* in ssh_config limits what is offered (/c:1)',
      'kexalgorithms -ecdh-* in ssh_config limits what is offered (/c:6)',
      'hostkeyalgorithms +x in ssh_config is not supported (/c:7)',
    ],
  })
})

test('what the inventory says counts as on the command line', () => {
  expect(read('Match user admin\n Port 2', { given: { user: 'admin' } })).toEqual({ port: 2 })
  expect(read('Match host db\n Port 2', { given: { hostName: 'db' } })).toEqual({ port: 2 })
})

test('the commands of Match exec have tokens, and run only where the criteria before them hold', () => {
  const ran: string[] = []
  const run = (command: string) => ran.push(command) > 0
  read('HostName 10.0.0.1\nPort 7\nMatch exec "t %h %n %p %r %u %k %i %L %l %d %%"\nMatch host db exec "u"', { run })
  expect(ran).toEqual(['t 10.0.0.1 web1 7 me me 10.0.0.1 1000 desk desk.example.net /home/me %'])
})

const alias = (text: string) => read(text, { host: '192.0.2.1', alias: 'web1' })

test('the name in the inventory is one that Host and Match originalhost may name', () => {
  expect(alias('Host web1\n User a\nMatch originalhost web1\n Port 2')).toEqual({ user: 'a', port: 2 })
  expect(alias('Host * !web1\n User a')).toEqual({})
  expect(alias('Match host web1\n User a')).toEqual({})
})

test('the address of the inventory stands over a HostName for its name, and that is told', () => {
  expect(alias('Host web1\n HostName 192.0.2.1')).toEqual({})
  expect(alias('Host 192.0.2.*\n HostName 10.0.0.1')).toEqual({ hostName: '10.0.0.1' })
  expect(alias('Host web1\n HostName 10.0.0.1')).toEqual({
    ignored: [expect.stringMatching(/^HostName 10\.0\.0\.1 of web1 .* the address 192\.0\.2\.1 \(\/c:2\)/)],
  })
})

test('an Include counts where it stands', () => {
  const files = { 'conf.d/*': 'Host db\n Port 1\nHost web1\n Port 2\n', loop: 'Include loop' }
  expect(read('Include conf.d/*\nPort 3', {}, files)).toEqual({ port: 2 })
  expect(read('Host db\n Include conf.d/*\nHost *\n Port 3', {}, files)).toEqual({ port: 3 })
  expect(read('Include none\nPort 3', {}, files)).toEqual({ port: 3 })
  expect(() => read('Include loop', {}, files)).toThrow('Include goes too deep (loop:1)')
})

test('a Host block within an included file ends with the file', () => {
  expect(read('Include a\nPort 3', {}, { a: 'Host db\n User x\n' })).toEqual({ port: 3 })
})

test('the first text takes precedence', () => {
  const texts = ['Host web1\n Port 1', 'Port 2\nUser root'].map((text, index) => ({ text, file: `/${index}` }))
  const query = { host: 'web1', environment, include: () => [] }
  expect(readSshConfig(texts, query)).toMatchObject({ port: 1, user: 'root' })
})

test.each([
  ['Port many', 'port is no port: many (/c:1)'],
  ['Port 0', 'port is no port: 0 (/c:1)'],
  ['Port 65536', 'port is no port: 65536'],
  ['Port 22 23', 'port takes one value: 22 23'],
  ['\nUser "open', 'a quote is not closed: "open (/c:2)'],
  ['Port', 'port has no value'],
  ['User ""', 'user has no value'],
  ['UserKnownHostsFile none a', 'none must stand alone'],
  ['IdentitiesOnly maybe', 'identitiesonly is none of yes, true, no, false: maybe'],
  ['ConnectTimeout soon', 'connecttimeout is no time: soon'],
  ['ConnectTimeout 9999999999', 'connecttimeout is no time'],
  ['IdentityAgent $A-B', 'identityagent names no variable: $A-B'],
  ['HostName %n', '%n is no token that can stand here (/c:1)'],
  ['Host db\n Port many', 'port is no port: many (/c:2)'],
  ['Host ""', 'host has an empty value'],
  ['Match host', 'Match host has no value'],
  ['Match all host web1', 'Match all cannot be combined'],
  ['Match colour red', 'Match has no criterion colour (/c:1)'],
  ['Match exec "%x"', '%x is no token that can stand here (/c:1)'],
  ['Match localnetwork 10.0.0.0/8', 'Match localnetwork is not supported (/c:1)'],
  ['Match version OpenSSH*', 'Match version is not supported (/c:1)'],
  ['RevokedHostKeys /etc/ssh/revoked', 'revokedhostkeys is not supported, and to pass over it would be unsafe (/c:1)'],
  ['RefuseConnection "not from here"', 'refuseconnection "not from here" (/c:1)'],
])('%s is refused', (text, message) => {
  expect(() => read(text)).toThrow(message)
})

test('a command is not run for a text that came from elsewhere', () => {
  const query = { host: 'web1', environment, include: () => [] }
  expect(() => readSshConfig([{ text: 'Match exec "true"', file: '/c' }], query)).toThrow(
    'Match exec is not run here (/c:1)',
  )
})

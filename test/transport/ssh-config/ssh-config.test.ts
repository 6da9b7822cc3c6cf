/** ssh_config: what each text says of a host. */

import { expect, test } from 'vitest'
import { readSshConfig, type SshConfig } from '../../../src/transport/ssh-config/ssh-config.ts'

const read = (text: string, host = 'web1', files: Record<string, string> = {}, user?: string) =>
  readSshConfig([text], {
    host,
    localUser: 'me',
    ...(user ? { user } : {}),
    include: (pattern) => (files[pattern] === undefined ? [] : [files[pattern]]),
  })

const cases: [title: string, text: string, expected: Partial<SshConfig>][] = [
  ['nothing', '', {}],
  ['comments and blank lines', '# Port 1\n\n   \n  # Host *\n', {}],
  ['the first value stands', 'Host web1\n Port 2222\nHost *\n Port 22\n User admin\n', { port: 2222, user: 'admin' }],
  ['another host', 'Host db*\n Port 2222\n', {}],
  ['? is exactly one character', 'Host web?\n Port 1\nHost web??\n Port 2\n', { port: 1 }],
  ['a negation leaves out', 'Host web* !web1\n Port 2222\nHost *\n Port 3', { port: 3 }],
  ['keywords in any case, with an equals sign', 'PORT=2222\nuser = admin\n', { port: 2222, user: 'admin' }],
  ['%h in HostName', 'HostName %h.example.org', { hostName: 'web1.example.org' }],
  [
    'identity files add up',
    'IdentityFile ~/.ssh/a\nHost web1\n IdentityFile "~/my keys/b"\n IdentityFile ~/.ssh/a\n IdentitiesOnly yes',
    { identityFiles: ['~/.ssh/a', '~/my keys/b'], identitiesOnly: true },
  ],
  ['a comment after a value', 'Port 2222 # the other one', { port: 2222 }],
  [
    'a proxy command is taken as it stands',
    `ProxyCommand sh -c 'nc  -X "connect"  %h %p # not a comment'`,
    { proxyCommand: `sh -c 'nc  -X "connect"  %h %p # not a comment'` },
  ],
  ['none cancels a later proxy', 'Host web1\n ProxyJump none\nHost *\n ProxyJump gate', { proxyJump: 'none' }],
  ['of the two proxies the first stands', 'ProxyCommand none\nProxyJump gate', { proxyCommand: 'none' }],
  [
    'several known_hosts files',
    'UserKnownHostsFile ~/.ssh/a "/tmp/b c"\nGlobalKnownHostsFile /etc/x',
    { userKnownHostsFiles: ['~/.ssh/a', '/tmp/b c'], globalKnownHostsFiles: ['/etc/x'] },
  ],
  [
    'the remaining settings',
    'StrictHostKeyChecking Accept-New\nHostKeyAlias web\nConnectTimeout 7\nServerAliveInterval 3\nIdentityAgent none',
    {
      strictHostKeyChecking: 'accept-new',
      hostKeyAlias: 'web',
      connectTimeoutSeconds: 7,
      serverAliveIntervalSeconds: 3,
      identityAgent: 'none',
    },
  ],
  ['Match all', 'Host db\n Port 1\nMatch all\n Port 2', { port: 2 }],
  ['Match host sees HostName', 'HostName 10.0.0.1\nMatch host 10.0.0.*\n Port 2', { hostName: '10.0.0.1', port: 2 }],
  ['Match originalhost', 'HostName 10.0.0.1\nMatch originalhost web1,web2\n Port 2', { hostName: '10.0.0.1', port: 2 }],
  ['Match with two criteria', 'Match host web1 user root\n Port 1\nMatch host web1 !user root\n Port 2', { port: 2 }],
  ['Match localuser', 'Match localuser me\n Port 2', { port: 2 }],
  ['Match exec never matches and runs nothing', 'Match exec "touch /tmp/x"\n Port 1', {}],
  ['Match exec after another criterion', 'Match host web1 exec "true"\n Port 1', {}],
]

test.each(cases)('%s', (_, text, expected) => {
  expect(read(text)).toEqual({ identityFiles: [], ...expected })
})

test('a user in the inventory is the one that Match user sees', () => {
  expect(read('Match user admin\n Port 2', 'web1', {}, 'admin').port).toBe(2)
})

test('an Include counts where it stands', () => {
  const files = { 'conf.d/*': 'Host db\n Port 1\nHost web1\n Port 2\n', loop: 'Include loop' }
  expect(read('Include conf.d/*\nPort 3', 'web1', files).port).toBe(2)
  expect(read('Host db\n Include conf.d/*\nHost *\n Port 3', 'web1', files).port).toBe(3)
  expect(read('Include none\nPort 3', 'web1', files).port).toBe(3)
  expect(() => read('Include loop', 'web1', files)).toThrow('too deep')
})

test('a Host block within an included file ends with the file', () => {
  expect(read('Include a\nPort 3', 'web1', { a: 'Host db\n User x\n' }).port).toBe(3)
})

test('the first text takes precedence', () => {
  const query = { host: 'web1', localUser: 'me', include: () => [] }
  expect(readSshConfig(['Host web1\n Port 1', 'Port 2\nUser root'], query)).toMatchObject({ port: 1, user: 'root' })
})

test.each([
  ['Port many', 'port is not a number: many'],
  ['User "open', 'a quote is not closed'],
  ['Port', 'port has no value'],
  ['Match host', 'Match host has no value'],
])('%s is refused', (text, message) => {
  expect(() => read(text)).toThrow(message)
})

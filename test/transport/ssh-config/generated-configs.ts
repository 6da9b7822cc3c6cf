/** Configurations of ssh at random: blocks, criteria, values, tokens, quotes, includes, and mistakes. */

import fc from 'fast-check'

/** A configuration, and how ssh is called with it. */
export interface GeneratedConfig {
  readonly host: string
  readonly user: string | undefined
  readonly port: number | undefined
  /** The text of the file; `INCLUDED` stands for the path of the second. */
  readonly text: string
  readonly included: string
}

/** The variable that generated configurations may name, and its value. */
export const knownVariable = { FD_PLACE: '/run/place' }

const hosts = ['web1', 'Web1', 'db1.example.org', 'gate', '10.0.0.5', '2001:db8::5'] as const
const patterns = [
  '*',
  'web?',
  'web1',
  'WEB1',
  '*.example.org',
  '10.0.*',
  '2001:*',
  'gate',
  'db*',
  'w**1',
  '!web1',
  '!*.org',
]
const users = ['root', 'admin', 'Admin', 'me']
const flags = ['yes', 'no', 'true', 'FALSE', 'Yes']
const commands = ['true', 'false', 'exit 3', 'test %p = 22', 'test %h = %n', 'test %r != root', 'test x%% = x%%']

const pick = (...values: readonly string[]) => fc.constantFrom(...values)
const joined = (...parts: readonly fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''))

// %C has the bastion in it since OpenSSH 9.6, and %j came with it.
const tokens = pick('%h', '%n', '%p', '%r', '%u', '%k', '%i', '%d', '%L', '%l', '%%', `$\{FD_PLACE}`, '-', '.x')
const path = joined(
  pick('/etc/x', '~/', '~/.ssh/', '%d/'),
  fc.array(tokens, { maxLength: 3 }).map((parts) => parts.join('')),
)
const withoutTokens = pick('/etc/a', '/etc/b', '/etc/ssh/known')
const time = pick('0', '5', '90', '30s', '1m', '1M30', '2h', '1d', '1w', '1h2m3s', 'none')
const hop = joined(
  pick('', 'me@', 'a@b@'),
  pick('bastion', 'bastion2.example.org', '[2001:db8::1]', '10.0.0.1'),
  pick('', ':22', ':2222'),
)

/** A value in quotes or not, as `ssh_config` allows for words. */
const quoted = (value: fc.Arbitrary<string>) =>
  fc.tuple(value, pick('', '"', "'")).map(([text, quote]) => `${quote}${text}${quote}`)
const setting = (keyword: string, value: fc.Arbitrary<string>) => value.map((text) => [keyword, text] as const)

const settings = fc.oneof(
  setting('HostName', quoted(pick('10.0.0.9', 'DB1.example.org', '%h.example.org', 'x%%%h', '2001:DB8::9'))),
  setting('Port', quoted(pick('22', '2222', '65535', '022'))),
  setting('User', quoted(pick(...users))),
  setting('IdentityFile', quoted(fc.oneof(path, pick('none', '~/.ssh/a', '~/.ssh/b')))),
  setting('CertificateFile', quoted(fc.oneof(path, pick('~/.ssh/a-cert.pub')))),
  setting('IdentitiesOnly', quoted(pick(...flags))),
  setting('IdentityAgent', quoted(fc.oneof(path, pick('none', 'SSH_AUTH_SOCK', '$FD_PLACE')))),
  setting(
    'ProxyJump',
    fc.oneof(
      pick('none', 'NONE'),
      fc.array(hop, { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    ),
  ),
  setting('ProxyCommand', pick('none', 'nc -X "connect" %h %p', "sh -c 'nc  %h %p' # why", 'cloud ssh --for=%n')),
  setting(
    'UserKnownHostsFile',
    fc.oneof(
      pick('none'),
      fc.array(quoted(path), { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
    ),
  ),
  setting(
    'GlobalKnownHostsFile',
    fc.oneof(
      pick('none'),
      fc.array(quoted(withoutTokens), { minLength: 1, maxLength: 2 }).map((all) => all.join('  ')),
    ),
  ),
  setting('StrictHostKeyChecking', quoted(pick(...flags, 'ask', 'Accept-New', 'off'))),
  setting('HostKeyAlias', quoted(pick('Alias', 'other.example.org'))),
  setting('HashKnownHosts', quoted(pick(...flags))),
  setting('ConnectTimeout', quoted(time)),
  setting('ServerAliveInterval', quoted(time)),
  setting('ForwardAgent', pick('yes')),
  setting('Compression', pick('no')),
)

const criterion = fc.oneof(
  joined(
    pick('', '!'),
    pick('host', 'Host', 'originalhost'),
    pick(' ', '='),
    fc.array(pick(...patterns), { minLength: 1, maxLength: 2 }).map((all) => all.join(',')),
  ),
  joined(pick('', '!'), pick('user', 'localuser'), pick(' ', '='), pick(...users, '*,!me')),
  pick('canonical', '!canonical', 'final'),
  { weight: 1, arbitrary: joined(pick('', '!'), pick('exec "'), pick(...commands), pick('"')) },
)
const block = fc.oneof(
  setting(
    'Host',
    fc.array(quoted(pick(...patterns)), { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
  ),
  setting(
    'Match',
    fc.oneof(
      pick('all', 'final all'),
      fc.array(criterion, { minLength: 1, maxLength: 3 }).map((all) => all.join(' ')),
    ),
  ),
)

const mistake = fc.oneof(
  setting('Port', pick('0', '70000', 'many', '22 23', '""')),
  setting('IdentitiesOnly', pick('maybe', '')),
  setting('ConnectTimeout', pick('soon', '-5', '5x', '')),
  setting('User', pick('"open', "it's", '')),
  setting('UserKnownHostsFile', pick('none a', `$\{NOT_SET}/x`, '~/%x', '~/%')),
  setting('StrictHostKeyChecking', pick('perhaps')),
  setting('Match', pick('host', 'all host x', 'colour red')),
  setting('HostName', pick('%n')),
)

/** A line with the keyword in some case, and blanks as people write them. */
const line = (what: fc.Arbitrary<readonly [string, string]>) =>
  fc
    .tuple(what, pick('', '', '  ', '\t'), pick(' ', ' ', '=', ' = ', '\t', '  '), pick('', '', ' ', '\t'), fc.nat(2))
    .map(([[keyword, value], indent, separator, end, letters]) => {
      const shown = [keyword, keyword.toLowerCase(), keyword.toUpperCase()][letters]
      return `${indent}${shown}${separator}${value}${end}`
    })

const lines = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: line(settings) },
    { weight: 12, arbitrary: line(block) },
    { weight: 2, arbitrary: pick('', '# a comment', '   # another', 'Port 99 # moved') },
  ),
  { minLength: 1, maxLength: 14 },
)

/** Any configuration. About one in ten has a mistake. */
export const generatedConfig: fc.Arbitrary<GeneratedConfig> = fc
  .record({
    host: pick(...hosts),
    user: fc.option(pick(...users), { nil: undefined, freq: 4 }),
    port: fc.option(fc.constantFrom(22, 2200), { nil: undefined, freq: 4 }),
    before: lines,
    include: fc.boolean(),
    after: lines,
    included: lines,
    mistakes: fc.array(line(mistake), { maxLength: 1 }),
    isMistaken: fc.nat(9),
    end: pick('\n', '\r\n'),
  })
  .map(({ host, user, port, before, include, after, included, mistakes, isMistaken, end }) => ({
    host,
    user,
    port,
    text: [
      ...before,
      ...(include ? ['Include INCLUDED'] : []),
      ...(isMistaken === 0 ? mistakes : []),
      ...after,
      '',
    ].join(end),
    included: [...included, ''].join(end),
  }))

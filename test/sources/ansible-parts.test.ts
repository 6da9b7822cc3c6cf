/** The parts of reading Ansible's inventories: ranges, words, values, and connections. */

import { describe, expect, it } from 'vitest'
import { connectionOf } from '../../src/sources/ansible-connection.ts'
import { expandRanges } from '../../src/sources/ansible-ranges.ts'
import { parseValue, splitWords } from '../../src/sources/ansible-words.ts'
import { vaulted } from '../../src/sources/ansible-yaml.ts'

describe('a range', () => {
  const nonsense = 'the range makes no sense'
  const cases: readonly (readonly [string, readonly string[] | string])[] = [
    ['web1', ['web1']],
    ['web[1:3]', ['web1', 'web2', 'web3']],
    ['web[08:10].lan', ['web08.lan', 'web09.lan', 'web10.lan']],
    ['web[:2]', ['web0', 'web1', 'web2']],
    ['db-[a:c]', ['db-a', 'db-b', 'db-c']],
    ['n[1:7:3]', ['n1', 'n4', 'n7']],
    ['r[1:2]n[a:b]', ['r1na', 'r1nb', 'r2na', 'r2nb']],
    ['[2001:db8::1]', ['[2001:db8::1]']],
    ['[2001:db8::1]:22', ['[2001:db8::1]:22']],
    ['web[3:1]', nonsense],
    ['web[01:100]', nonsense],
    ['web[a:3]', nonsense],
    ['web[1:9:0]', nonsense],
    ['web[1:2:3:4]', nonsense],
    ['web[1:99999999]', 'the range stands for 99,999,999 names, the limit is 10,000'],
    ['r[1:200]n[1:200]', 'the range stands for 40,000 names, the limit is 10,000'],
    ['web[1:9999999999999999999]', nonsense],
  ]
  it.each(cases)('%s', (pattern, names) => {
    expect(expandRanges(pattern)).toEqual(names)
  })
})

describe('words of a line', () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['web1 a=1  b=2', ['web1', 'a=1', 'b=2']],
    ['web1 # the first', ['web1']],
    ['web1 a=#b', ['web1', 'a=#b']],
    [`web1 a="x y" b='z "q"' c="it's \\"so\\""`, ['web1', 'a=x y', 'b=z "q"', `c=it's "so"`]],
    ['web1 a=x\\ y', ['web1', 'a=x y']],
    ['web1 a="x', undefined],
    ['', []],
  ]
  it.each(cases)('%s', (line, words) => {
    expect(splitWords(line)).toEqual(words)
  })
})

describe('a value', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['80', 80],
    ['-1.5', -1.5],
    ['0644', '0644'],
    ['True', true],
    ['None', null],
    ['yes', 'yes'],
    ['"80"', '80'],
    ["'a b'", 'a b'],
    ['[\'a\', "b", 3, True]', ['a', 'b', 3, true]],
    ["{'a': None}", { a: null }],
    ['[broken', '[broken'],
    ['[a, b]', '[a, b]'],
    ['a=b', 'a=b'],
  ]
  it.each(cases)('%s', (text, value) => {
    expect(parseValue(text)).toEqual(value)
  })
})

describe('a connection', () => {
  const settingsOf = (vars: Record<string, unknown>) => connectionOf('web1', vars)
  const cases: readonly (readonly [string, Record<string, unknown>, object])[] = [
    ['nothing', {}, {}],
    ['port and user', { ansible_port: 2222, ansible_user: 'deploy' }, { port: 2222, user: 'deploy' }],
    ['the old names', { ansible_ssh_port: '22', ansible_ssh_user: 'root' }, { port: 22, user: 'root' }],
    ['a key', { ansible_ssh_private_key_file: '~/.ssh/web' }, { identityFile: '~/.ssh/web' }],
    [
      'ProxyJump',
      { ansible_ssh_common_args: '-o ProxyJump=gate@203.0.113.1:22' },
      { proxyJump: 'gate@203.0.113.1:22' },
    ],
    ['-J', { ansible_ssh_common_args: '-J gate,inner' }, { proxyJump: 'gate,inner' }],
    [
      'a bastion by -W',
      { ansible_ssh_common_args: `-o ProxyCommand="ssh -W %h:%p -q gate@b"` },
      { proxyJump: 'gate@b' },
    ],
    ['a bastion, then -W', { ansible_ssh_common_args: `-o ProxyCommand='ssh gate -W %h:%p'` }, { proxyJump: 'gate' }],
    [
      'another command',
      { ansible_ssh_common_args: `-o ProxyCommand="ssh -i key -W %h:%p gate"` },
      { proxyCommand: 'ssh -i key -W %h:%p gate' },
    ],
    [
      'options together',
      {
        ansible_ssh_args: '-C -o ControlMaster=auto -o ControlPersist=60s',
        ansible_ssh_extra_args: '-o StrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -o ConnectTimeout=5',
      },
      { hostKeyChecking: 'no', knownHostsFile: 'none', connectTimeoutMs: 5000 },
    ],
  ]
  it.each(cases)('%s', (_name, vars, settings) => {
    expect(settingsOf(vars)).toMatchObject({ address: 'web1', settings, warnings: [] })
    expect(Object.keys(settingsOf(vars).settings)).toEqual(Object.keys(settings))
  })

  it('keeps passwords as secrets', () => {
    const { settings } = settingsOf({ ansible_password: 'hush hush', ansible_become_pass: 'quiet now' })
    expect(settings.password?.reveal()).toBe('hush hush')
    expect(settings.becomePassword?.reveal()).toBe('quiet now')
    expect(JSON.stringify(settings)).not.toMatch(/hush|quiet/)
  })

  const left: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [
      { ansible_winrm_scheme: 'https', ansible_shell_executable: 'x' },
      /ansible_winrm_scheme, ansible_shell_executable/,
    ],
    [{ ansible_connection: 'local' }, /ansible_connection is local/],
    [{ ansible_become_user: 'app' }, /say become in the play/],
    [{ ansible_become_method: 'doas' }, /there is sudo alone/],
    [{ ansible_user: '{{ lookup("env", "USER") }}' }, /ansible_user is a template/],
    [{ ansible_password: vaulted }, /ansible_password is encrypted/],
    [{ api_key: vaulted }, /to be set as secrets: api_key/],
    [{ ansible_ssh_common_args: '-o Tunnel=yes' }, /option of ssh not taken over: Tunnel=yes/],
    [{ ansible_port: 'many' }, /^port: /],
  ]
  it.each(left)('warns of %j', (vars, words) => {
    expect(settingsOf(vars).warnings).toEqual([expect.stringMatching(words)])
  })

  it('needs no word on what has no meaning here', () => {
    const vars = { ansible_python_interpreter: '/usr/bin/python3', ansible_pipelining: true, ansible_become: true }
    expect(settingsOf(vars).warnings).toEqual([])
  })
})

/** The parts of reading Ansible's inventories: ranges, words, values, and connections. */

import { describe, expect, it } from 'vitest'
import { connectionOf } from '../../src/sources/ansible-connection.ts'
import { variablesOf } from '../../src/sources/ansible-inventory.ts'
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
    ['web1 a=b#c d=e', ['web1', 'a=b']],
    ['web1 a="#b"', ['web1', 'a=#b']],
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
    ['2022   # moved', 2022],
    ['text # moved', 'text # moved'],
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['- 5', -5],
    ['--5', '--5'],
    ['-True', '-True'],
    ['00', 0],
    ['08', '08'],
    ['1,', [1]],
    ["1, 'b'", [1, 'b']],
    ['(1)', 1],
    ['(1,)', [1]],
    ['[1, [2, {"a": (3, 4)}],]', [1, [2, { a: [3, 4] }]]],
    [`'a' "b"`, 'ab'],
    [String.raw`'a\n\x41\u0042\103\q'`, 'a\nABC\\q'],
    [String.raw`r'a\n'`, 'a\\n'],
    ["'''a'b'''", "a'b"],
    ['{1: 2, None: 3}', { 1: 2, null: 3 }],
    ['{}', {}],
    ['{1}', '{1}'],
    ['{{ a }}', '{{ a }}'],
    ['10.0.0.1', '10.0.0.1'],
    ['80x', '80x'],
    ['1 2', '1 2'],
    ["'a", "'a"],
    ['123456789012345678901', '123456789012345678901'],
    ['['.repeat(200) + ']'.repeat(200), '['.repeat(200) + ']'.repeat(200)],
  ]
  it.each(cases)('%s', (text, value) => {
    expect(parseValue(text)).toEqual(value)
  })
})

describe('a connection', () => {
  const at = { file: '/hosts', line: 7 }
  const settingsOf = (vars: Record<string, unknown>) => connectionOf('web1', variablesOf(vars, at))
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
    [{ ansible_ssh_common_args: '-o AddressFamily=inet' }, /option of ssh not taken over: addressfamily inet/],
    [{ ansible_ssh_common_args: '-o CertificateFile=~/c' }, /option of ssh not taken over: CertificateFile ~\/c/],
    [{ ansible_ssh_common_args: 'web1' }, /argument of ssh not taken over: web1/],
  ]
  it.each(left)('warns of %j', (vars, words) => {
    expect(settingsOf(vars).warnings).toEqual([expect.stringMatching(words)])
  })

  const unreadable: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ ansible_port: 'many' }, 'ansible_port of web1: "many"; '],
    [{ ansible_ssh_port: 70_000 }, 'ansible_ssh_port of web1: 70000; '],
    [{ ansible_user: ['a'] }, 'ansible_user of web1: ["a"]; is no text'],
    [{ ansible_ssh_common_args: '-o "User' }, 'ansible_ssh_common_args of web1: "-o \\"User"; a quote is not closed'],
    [{ ansible_ssh_common_args: '-p many' }, 'port is no port: many'],
    [{ ansible_ssh_extra_args: '-o ConnectTimeout=soon' }, 'connecttimeout is no time: soon'],
  ]
  it.each(unreadable)('refuses %j with its place', (vars, detail) => {
    expect(() => settingsOf(vars)).toThrow(
      expect.objectContaining({ code: 'ansible-setting-invalid', detail: expect.stringContaining(detail), at }),
    )
  })

  it('shows no password that cannot be read', () => {
    expect(() => settingsOf({ ansible_password: ['hush hush'] })).toThrow(
      expect.objectContaining({ detail: 'ansible_password of web1; is no text' }),
    )
  })

  it('takes the first of several options, as ssh does', () => {
    const vars = { ansible_ssh_args: '-o User=a -o ConnectTimeout=1m', ansible_ssh_extra_args: '-l b' }
    expect(settingsOf(vars).settings).toEqual({ user: 'a', connectTimeoutMs: 60_000 })
  })

  it('needs no word on what has no meaning here', () => {
    const vars = { ansible_python_interpreter: '/usr/bin/python3', ansible_pipelining: true, ansible_become: true }
    expect(settingsOf(vars).warnings).toEqual([])
  })
})

/** Hosts from Ansible's inventories: INI, YAML, the output of `--list`, and the files of variables beside them. */

import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { hostsFromAnsible } from '../../src/index.ts'
import type { LocalSetting } from '../../src/sources/local-settings.ts'
import { takeWarnings } from '../../src/sources/warnings.ts'
import { folderWith } from '../cli/command.ts'

beforeEach(() => {
  takeWarnings()
})

const ini = `# The site
gate ansible_host=203.0.113.1

[webservers]
web[01:02].example.com ansible_port=2222 weight=2
[2001:db8::7]:22

[db]
db1 ansible_host=10.0.0.5 mysql_role=primary # the first
db2:2022 ansible_host=10.0.0.6 mysql_role="replica"

[site:children]
webservers
db

[site:vars]
ansible_user=deploy
ansible_ssh_common_args='-o ProxyJump=gate@203.0.113.1'
domain=www.example.com

[db:vars]
ansible_user = dba
`

const yaml = `all:
  vars:
    ansible_user: deploy
  hosts:
    gate: { ansible_host: 203.0.113.1 }
  children:
    site:
      children:
        webservers:
          hosts:
            web[01:02].example.com:
              ansible_port: 2222
        db:
          vars: { ansible_user: dba, token: !vault "$ANSIBLE_VAULT;1.1;AES256" }
          hosts:
            db1: { ansible_host: 10.0.0.5, mysql_role: primary }
`

const list = JSON.stringify({
  _meta: { hostvars: { web1: { ansible_host: '10.0.0.1', ansible_user: 'deploy' }, db1: { mysql_role: 'primary' } } },
  all: { children: ['ungrouped', 'site'] },
  site: { children: ['webservers', 'db'] },
  webservers: { hosts: ['web1'] },
  db: ['db1'],
})

const read = async (files: Record<string, string>, file: string) => {
  const folder = await folderWith(files)
  return hostsFromAnsible({ file: join(folder, file) }, (vars) => vars)
}

describe('an INI file', () => {
  it('gives hosts with how they are reached, and groups', async () => {
    const { hosts, group } = await read({ hosts: ini }, 'hosts')
    const jump = { proxyJump: 'gate@203.0.113.1' }
    expect(hosts).toEqual({
      gate: { address: '203.0.113.1', vars: {} },
      'web01.example.com': {
        address: 'web01.example.com',
        port: 2222,
        user: 'deploy',
        ...jump,
        vars: { weight: 2, domain: 'www.example.com' },
      },
      'web02.example.com': {
        address: 'web02.example.com',
        port: 2222,
        user: 'deploy',
        ...jump,
        vars: { weight: 2, domain: 'www.example.com' },
      },
      '2001:db8::7': { address: '2001:db8::7', port: 22, user: 'deploy', ...jump, vars: { domain: 'www.example.com' } },
      db1: {
        address: '10.0.0.5',
        user: 'dba',
        ...jump,
        vars: { mysql_role: 'primary', domain: 'www.example.com' },
      },
      db2: {
        address: '10.0.0.6',
        port: 2022,
        user: 'dba',
        ...jump,
        vars: { mysql_role: 'replica', domain: 'www.example.com' },
      },
    })
    expect(group('db')).toEqual(['db1', 'db2'])
    expect(group('site')).toEqual(['web01.example.com', 'web02.example.com', '2001:db8::7', 'db1', 'db2'])
    expect(group('ungrouped')).toEqual(['gate'])
    expect(group('all')).toHaveLength(6)
    expect(takeWarnings()).toEqual([])
  })

  it('has no variables but those that are asked for', async () => {
    const folder = await folderWith({ hosts: ini })
    const { hosts } = await hostsFromAnsible({ file: join(folder, 'hosts') })
    expect(hosts.db1?.vars).toEqual({})
    const { hosts: named } = await hostsFromAnsible({ file: join(folder, 'hosts') }, (vars, host) => ({
      label: `${host} ${String(vars.mysql_role)}`,
    }))
    expect(named.db1?.vars.label).toBe('db1 primary')
  })

  const wrong: readonly (readonly [string, string, string, number])[] = [
    ['a range', '[web]\nweb[3:1]', 'the range makes no sense: web[3:1]', 2],
    ['a range that is too large', 'web1\nweb[1:99999999]', 'stands for 99,999,999 names, the limit is 10,000', 2],
    [
      'many ranges',
      'w[1:9999]\n'.repeat(2) +
        'abcdefghijk'
          .split('')
          .map((c) => `${c}[1:9999]\n`)
          .join(''),
      'more than 100000 hosts',
      12,
    ],
    ['a quote', 'web1 a="b', 'a quote is not closed', 1],
    ['a word', '\nweb1 alias', '"alias" is not name=value', 2],
    ['a section', '[web:hots]', 'there are no hots of a group', 1],
    ['a variable', '[web:vars]\nuser deploy\n[web]', 'a variable is written name=value', 2],
    ['a section with spaces', '[my web]', 'a section is written [group]', 1],
    ['a group of variables', 'web1\n[wbe:vars]\na=1\n[web]', 'there is no group wbe', 2],
    ['a group within', '[site:children]\nwbe', 'there is no group wbe', 2],
    ['a colon', '[web]\nweb1:', 'a host is written name or name:port', 2],
  ]
  it.each(wrong)('tells the line where %s is wrong', async (_what, text, detail, line) => {
    await expect(read({ hosts: text }, 'hosts')).rejects.toMatchObject({
      code: 'ansible-ini-invalid',
      detail: expect.stringContaining(detail),
      at: { file: expect.stringMatching(/\/hosts$/), line },
    })
  })

  const local: readonly (readonly [string, string, string])[] = [
    ["-o ProxyCommand='nc %h %p'", 'proxyCommand', 'nc %h %p'],
    ['-F /tmp/config', 'sshConfigFile', '/tmp/config'],
    ['-o UserKnownHostsFile=/home/me/.profile', 'knownHostsFile', '/home/me/.profile'],
    ['-o StrictHostKeyChecking=no', 'hostKeyChecking', 'no'],
  ]
  it.each(local)('may not act on this machine by %s, unless that is allowed', async (args, setting, value) => {
    const folder = await folderWith({ hosts: `[web]\nweb[1:5]\n[web:vars]\nansible_ssh_common_args=${args}\n` })
    const file = join(folder, 'hosts')
    await expect(hostsFromAnsible({ file })).rejects.toMatchObject({
      family: 'definition',
      code: 'source-not-allowed',
      detail: expect.stringMatching(`hosts: ${setting} of web1, web2, web3 and 2 more .*: ${value}$`),
      hint: expect.stringContaining(`hostsFromAnsible({ …, allow: ['${setting}'] })`),
      at: { file },
    })
    const { hosts } = await hostsFromAnsible({ file, allow: [setting as LocalSetting] })
    expect(hosts.web1).toMatchObject({ [setting]: value })
  })

  it('names all settings that are not allowed at once', async () => {
    const args = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'
    const folder = await folderWith({ hosts: `web1 ansible_ssh_common_args='${args}'\n` })
    await expect(hostsFromAnsible({ file: join(folder, 'hosts') })).rejects.toMatchObject({
      code: 'source-not-allowed',
      hint: expect.stringContaining("allow: ['knownHostsFile', 'hostKeyChecking'] })"),
    })
  })

  it('says which groups there are where one is not', async () => {
    const { group } = await read({ hosts: ini }, 'hosts')
    expect(() => group('webserver')).toThrow(
      expect.objectContaining({ code: 'unknown-source-group', hint: 'Did you mean webservers?' }),
    )
    expect(() => group('constructor')).toThrow('no such group')
  })
})

describe('a YAML file', () => {
  it('gives the same', async () => {
    const { hosts, group } = await read({ 'hosts.yml': yaml }, 'hosts.yml')
    expect(hosts).toMatchObject({
      gate: { address: '203.0.113.1', user: 'deploy' },
      'web01.example.com': { port: 2222, user: 'deploy' },
      db1: { address: '10.0.0.5', user: 'dba', vars: { mysql_role: 'primary' } },
    })
    expect(group('site')).toEqual(['web01.example.com', 'web02.example.com', 'db1'])
    expect(takeWarnings()).toEqual([expect.stringMatching(/to be set as secrets: token \(db1\)$/)])
  })

  const wrong: readonly (readonly [string, string, RegExp, number])[] = [
    ['a plugin', '\nplugin: amazon.aws.aws_ec2', /plugin amazon\.aws\.aws_ec2/, 2],
    ['a misspelt member', 'web:\n  host: { web1: }', /web\.host is none of/, 2],
    ['a list of hosts', 'web:\n  hosts: [web1]', /web\.hosts must be a mapping/, 2],
    ['variables that are none', 'web:\n  hosts:\n    web1: 5', /web\.hosts\.web1 must be a mapping/, 3],
    ['a range', 'web:\n  hosts:\n    web[3:1]:', /the range makes no sense/, 3],
    ['a merge of a text', 'web:\n  hosts:\n    web1:\n      <<: text', /<< takes a mapping/, 4],
    ['no YAML', '\nweb: [', /Flow sequence|flow collection/i, 2],
    ['a port', 'web:\n  hosts:\n    web1:\n      ansible_port: many', /ansible_port of web1: "many"/, 4],
  ]
  it.each(wrong)('refuses %s', async (_what, text, words, line) => {
    await expect(read({ 'hosts.yaml': text }, 'hosts.yaml')).rejects.toMatchObject({
      family: 'definition',
      message: expect.stringMatching(words),
      at: { file: expect.stringMatching(/hosts\.yaml$/), line },
    })
  })

  it('that multiplies itself by aliases is refused', async () => {
    const levels = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)
    const text = `all:\n  vars:\n    a0: &a0 [1]\n    ${levels.join('\n    ')}\n`
    await expect(read({ 'hosts.yaml': text }, 'hosts.yaml')).rejects.toMatchObject({
      detail: expect.stringContaining('nested too deep, or too many'),
    })
  })

  it('is read by the rules of YAML 1.1, with merge keys', async () => {
    const text = `all:
  vars: { usual: &usual { tls: yes, mode: 0644, at: 1:30, y: y, size: 1_000, none: ~, e: 1e3, text: "yes" } }
  hosts:
    web1: { <<: *usual, mode: '0600' }
    web2: { <<: [{ tls: off }, *usual] }
`
    const { hosts } = await read({ 'hosts.yml': text }, 'hosts.yml')
    const usual = { tls: true, mode: 420, at: 90, y: 'y', size: 1000, none: null, e: '1e3', text: 'yes' }
    expect(hosts.web1?.vars).toEqual({ usual, ...usual, mode: '0600' })
    expect(hosts.web2?.vars).toEqual({ usual, ...usual, tls: false })
  })
})

describe('variables in files', () => {
  it('are those of groups and hosts, in the order of Ansible', async () => {
    const { hosts } = await read(
      {
        hosts: '[db]\ndb1 a=host\n[site:children]\ndb\n[db:vars]\nb=inventory\n',
        'group_vars/all.yml': 'a: all\nb: all\nc: all\nd: all\nansible_user: deploy\n',
        'group_vars/site/10.yml': 'b: site\nc: site\n',
        'group_vars/site/20.yml': 'c: site 20\n',
        'host_vars/db1.yaml': 'e: [1, 2]\n',
        'group_vars/db/secret.yml': '$ANSIBLE_VAULT;1.1;AES256\n3132\n',
      },
      'hosts',
    )
    expect(hosts.db1).toMatchObject({ user: 'deploy' })
    // A file for all groups stands over what the inventory says of one.
    expect(hosts.db1?.vars).toEqual({ a: 'host', b: 'site', c: 'site 20', d: 'all', e: [1, 2] })
    expect(takeWarnings()).toEqual([expect.stringContaining('group_vars/db/secret.yml is encrypted')])
  })

  it('are those of the first file that there is', async () => {
    const { hosts } = await read(
      {
        hosts: 'web1\n',
        'host_vars/web1/b.yml': 'a: folder\n',
        'host_vars/web1/.hidden': 'b: 1\n',
        'host_vars/web1/old.bak': 'c: 1\n',
        'host_vars/web1/old~': 'd: 1\n',
        'host_vars/web1.yml': 'e: file\n',
      },
      'hosts',
    )
    expect(hosts.web1?.vars).toEqual({ a: 'folder' })
  })

  it('that cannot be read are refused with file and line', async () => {
    const files = { hosts: 'web1\n', 'host_vars/web1.yml': 'a: 1\nansible_port: many\n' }
    await expect(read(files, 'hosts')).rejects.toMatchObject({
      code: 'ansible-setting-invalid',
      at: { file: expect.stringMatching(/host_vars\/web1\.yml$/), line: 2 },
    })
  })

  it('are not looked for outside of their folders', async () => {
    const { hosts } = await read(
      { 'ansible/hosts': '[../../secret]\n../x\n', 'secret.yml': 'a: 1\n', 'ansible/x.yml': 'b: 2\n' },
      'ansible/hosts',
    )
    expect(hosts['../x']?.vars).toEqual({})
  })
})

describe('a folder', () => {
  it('holds inventories that are read one after the other, and variables', async () => {
    const files = {
      'inv/10-web': '[web]\nweb1 a=1\n',
      'inv/20-db.yml': 'db: { hosts: { db1: { a: 2 }, web1: { b: 3 } }, vars: { c: 4 } }\n',
      'inv/more/30': 'all: { children: { site: { children: { web: } } } }\n',
      'inv/old.ini': '[web]\nold1\n',
      'inv/README.md': 'no inventory',
      'inv/.hidden': 'no inventory [',
      'inv/group_vars/web.yml': 'd: 5\n',
      'inv/host_vars/db1': 'e: 6\n',
    }
    const { hosts, group } = await read(files, 'inv')
    expect(hosts.web1?.vars).toEqual({ a: 1, b: 3, c: 4, d: 5 })
    expect(hosts.db1?.vars).toEqual({ a: 2, c: 4, e: 6 })
    expect(group('site')).toEqual(['web1'])
    expect(group('all')).toEqual(['web1', 'db1'])
    expect(takeWarnings()).toEqual([expect.stringContaining('old.ini is passed over')])
  })

  it.each([
    ['a program', '#!/bin/sh\n', 'hosts'],
    ['TOML', '[web.hosts]\n', 'hosts.toml'],
    ['a list', '- web1\n', 'hosts.yml'],
  ])('with %s is refused with what to do', async (_what, text, name) => {
    await expect(read({ [`inv/${name}`]: text }, 'inv')).rejects.toMatchObject({
      code: 'ansible-form-unsupported',
      hint: expect.stringMatching(/ansible-inventory|names of groups/),
      at: { file: expect.stringMatching(new RegExp(`inv/${name}$`)) },
    })
  })
})

describe('inventories from public bug reports', () => {
  const cases = fileURLToPath(new URL('cases/', import.meta.url))

  it('a comment after a value', async () => {
    const { hosts } = await hostsFromAnsible({ file: join(cases, 'port-comment.ini') })
    const { password, ...web } = hosts.w1 ?? { password: undefined }
    expect(web).toEqual({ address: 'w1', port: 2022, user: 'deploy', proxyJump: 'ops@gate.example.net', vars: {} })
    // In a line of a host a number sign begins a comment, also within a word.
    expect(password?.reveal()).toBe('123')
    expect(takeWarnings()).toEqual([])
  })

  it('merge keys', async () => {
    const { hosts } = await hostsFromAnsible({ file: join(cases, 'merge.yml') }, (vars) => vars)
    const usual = { port: 2222, user: 'ops', vars: { tls: true, mode: 420 } }
    expect(hosts).toEqual({
      'web1.example.com': { address: 'web1.example.com', ...usual },
      'web2.example.com': { address: '192.0.2.13', ...usual },
    })
  })
})

it('groups that share groups at every level are no burden', async () => {
  const level = (index: number) =>
    `[g${index}:children]\na${index}\nb${index}\n[a${index}:children]\ng${index + 1}\n[b${index}:children]\ng${index + 1}\n`
  const text = `[g40]\nweb1\n${Array.from({ length: 40 }, (_, index) => level(index)).join('')}`
  expect((await read({ hosts: text }, 'hosts')).group('g0')).toEqual(['web1'])
})

describe('a command', () => {
  it('gives what --list prints', async () => {
    const folder = await folderWith({ 'inventory.sh': `#!/bin/sh\n[ "$1" = --list ] && cat <<'E'\n${list}\nE\n` })
    const program = join(folder, 'inventory.sh')
    await chmod(program, 0o755)
    const { hosts, group } = await hostsFromAnsible({ command: [program, '--list'] }, ({ mysql_role }) => ({
      mysql_role,
    }))
    expect(hosts).toMatchObject({
      web1: { address: '10.0.0.1', user: 'deploy' },
      db1: { address: 'db1', vars: { mysql_role: 'primary' } },
    })
    expect(group('site')).toEqual(['web1', 'db1'])
  })

  it('may mark values as encrypted or not to be rendered', async () => {
    const hostvars = {
      web1: { token: { __ansible_vault: '$ANSIBLE_VAULT' }, a: [{ b: { __ansible_unsafe: '{{ x }}' } }] },
    }
    const text = JSON.stringify({ _meta: { hostvars }, web: { hosts: ['web1'] } })
    const { hosts } = await hostsFromAnsible({ command: ['printf', '%s', text] }, (vars) => vars)
    expect(hosts.web1?.vars).toEqual({ a: [{ b: '{{ x }}' }] })
    expect(takeWarnings()).toEqual([expect.stringMatching(/to be set as secrets: token \(web1\)$/)])
  })

  it('that fails is told with what it wrote', async () => {
    await expect(hostsFromAnsible({ command: ['sh', '-c', 'echo no access >&2; exit 3'] })).rejects.toMatchObject({
      code: 'source-failed',
      detail: expect.stringMatching(/status 3: no access$/),
    })
    await expect(hostsFromAnsible({ command: ['ansible-inventory-that-is-not-there'] })).rejects.toMatchObject({
      code: 'source-not-run',
      hint: expect.stringContaining('Install'),
    })
  })
})

it('warnings on many hosts are one', async () => {
  await read({ hosts: '[web]\nweb[1:5]\n[web:vars]\nansible_shell_executable=zsh\n' }, 'hosts')
  expect(takeWarnings()).toEqual([
    expect.stringMatching(/not taken over: ansible_shell_executable \(web1, web2, web3 and 2 more\)$/),
  ])
})

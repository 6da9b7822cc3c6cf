/** Hosts from JSON: the form, and every way in which it can be wrong. */

import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostsFromJson } from '../../src/index.ts'
import { folderWith } from '../cli/command.ts'

const print = (value: unknown) => ({ command: ['printf', '%s', JSON.stringify(value)] }) as const
const hosts = {
  web1: { address: '10.0.0.1', user: 'deploy', becomePassword: 'hush hush', vars: { weight: 2 } },
  web2: { address: '10.0.0.2' },
}

describe('JSON', () => {
  it('gives hosts, groups and secrets', async () => {
    const found = await hostsFromJson(print({ hosts, groups: { web: ['web1'], all_of_them: ['web', 'web2'] } }))
    expect(found.hosts.web1).toMatchObject({ address: '10.0.0.1', user: 'deploy', vars: { weight: 2 } })
    expect(found.hosts.web1?.becomePassword?.reveal()).toBe('hush hush')
    expect(found.hosts.web2).toEqual({ address: '10.0.0.2', vars: {} })
    expect(found.group('all_of_them')).toEqual(['web1', 'web2'])
  })

  it('may stand in a file beside the one that names it', async () => {
    const folder = await folderWith({ 'hosts.json': JSON.stringify({ hosts }) })
    const found = await hostsFromJson({ file: join(folder, 'hosts.json') })
    expect(found.group('all')).toEqual(['web1', 'web2'])
  })

  it.each([
    ['proxyCommand', 'nc %h %p'],
    ['sshConfigFile', '/tmp/config'],
    ['knownHostsFile', '~/.profile'],
    ['knownHostsFile', 'none'],
    ['socketPath', '/run/docker.sock'],
    ['hostKeyChecking', 'no'],
    ['hostKeyChecking', 'accept-new'],
  ] as const)('may set %s only where that is allowed', async (setting, value) => {
    const source = print({ hosts: { ...hosts, web3: { address: '10.0.0.3', [setting]: value } } })
    await expect(hostsFromJson(source)).rejects.toMatchObject({
      code: 'source-not-allowed',
      detail: expect.stringMatching(
        new RegExp(`^output of printf .*: ${setting} of web3 (is a .* machine|would let in)`),
      ),
      hint: expect.stringContaining(`hostsFromJson({ …, allow: ['${setting}'] })`),
    })
    expect((await hostsFromJson({ ...source, allow: [setting] })).hosts.web3).toMatchObject({ [setting]: value })
  })

  it('may take such a setting away', async () => {
    const web1 = { address: '10.0.0.1', sshConfigFile: false, proxyCommand: 'none', hostKeyChecking: 'strict' }
    expect((await hostsFromJson(print({ hosts: { web1 } }))).hosts.web1).toMatchObject(web1)
  })

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['an unknown setting', { hosts: { web1: { address: 'a', usr: 'b' } } }, /hosts\.web1\.usr: .*did you mean user\?/],
    ['a missing address', { hosts: { web1: {} } }, /hosts\.web1\.address: is missing/],
    ['a port that is none', { hosts: { web1: { address: 'a', port: '22' } } }, /hosts\.web1\.port: /],
    ['a member that is none', { hosts, groups: { web: ['web3'] } }, /groups\.web: web3 is no host/],
    ['a list', [], /expected object/],
  ]
  it.each(wrong)('with %s is refused with its path', async (_what, value, words) => {
    await expect(hostsFromJson(print(value))).rejects.toMatchObject({
      code: 'invalid-definition',
      detail: expect.stringMatching(words),
    })
  })

  it('that is none is quoted', async () => {
    await expect(hostsFromJson({ command: ['echo', '<html>'] })).rejects.toMatchObject({
      code: 'source-not-json',
      detail: expect.stringContaining('it begins with "<html>"'),
    })
    await expect(hostsFromJson({ command: ['true'] })).rejects.toMatchObject({
      detail: expect.stringContaining('(it is empty)'),
    })
  })

  it('in a file that is not there names the path', async () => {
    await expect(hostsFromJson({ file: 'no-such.json' })).rejects.toMatchObject({
      code: 'source-not-read',
      detail: expect.stringContaining(join(import.meta.dirname, 'no-such.json')),
    })
  })

  it('in a folder says that it is one', async () => {
    await expect(hostsFromJson({ file: '.' })).rejects.toMatchObject({
      code: 'source-not-read',
      detail: `${import.meta.dirname} is a directory`,
      hint: 'Name a file in it.',
    })
  })
})

/** Hosts from Vagrant, by a stand-in for the program that prints what was recorded from it. */

import { chmod, readFile, utimes, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hostsFromVagrant } from '../../src/index.ts'
import { folderWith, foobarDeploy } from '../cli/command.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const recorded = new URL('vagrant-ssh-config.txt', import.meta.url).pathname
const web1 = {
  address: '127.0.0.1',
  hostName: '127.0.0.1',
  port: 2222,
  user: 'vagrant',
  identityFile: ['/srv/my site/.vagrant/machines/web1/virtualbox/private_key'],
  hostKeyChecking: 'no',
  sshConfigFile: false,
}
const web2 = {
  ...web1,
  address: '192.168.121.17',
  hostName: '192.168.121.17',
  port: 22,
  identityFile: ['/srv/site/.vagrant/machines/web2/libvirt/private_key'],
}

/** A folder with a Vagrantfile, and a program that behaves as Vagrant does when the machines in `off` are not up. */
async function project(off: readonly string[] = []) {
  const folder = await folderWith({
    Vagrantfile: '',
    '.vagrant/machines/web1/virtualbox/id': 'a',
    'inventory/dev.ts': '',
    'bin/vagrant': `#!/bin/sh
echo "$@" >>"$0.log"; shift
for name; do
  case " ${off.join(' ')} " in *" $name "*)
    echo 'The provider for this Vagrant-managed machine is reporting that it' >&2
    echo 'is not yet ready for SSH.' >&2
    exit 1;;
  esac
  sed -n "/^Host $name\\$/,/^\\$/p" ${recorded}
done
`,
  })
  await chmod(join(folder, 'bin/vagrant'), 0o755)
  vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env.PATH}`)
  const calls = () => readFile(join(folder, 'bin/vagrant.log'), 'utf8').catch(() => '')
  return { folder, calls, ask: () => hostsFromVagrant({ machines: ['web1', 'web2'], cwd: join(folder, 'inventory') }) }
}

describe('machines that are up', () => {
  it('have the settings that Vagrant tells', async () => {
    const { ask } = await project()
    expect(await ask()).toEqual({ web1, web2 })
  })

  it('are asked for once, until something happens to one of them', async () => {
    const { folder, calls, ask } = await project()
    await ask()
    expect(await ask()).toEqual({ web1, web2 })
    expect(await calls()).toBe('ssh-config web1 web2\n')
    await utimes(join(folder, '.vagrant/machines/web1/virtualbox/id'), 1, 1)
    await ask()
    expect(await calls()).toBe('ssh-config web1 web2\n'.repeat(2))
  })
})

describe('a machine that is not up', () => {
  it('is told with what to do, and hides no other', async () => {
    const { ask, calls } = await project(['web1'])
    const found = await ask()
    expect(found.web2).toEqual(web2)
    expect(found.web1.unavailable).toMatch(/^The provider .* not yet ready for SSH\. Try: vagrant up web1$/)
    expect((await calls()).split('\n').sort()).toEqual([
      '',
      'ssh-config web1',
      'ssh-config web1 web2',
      'ssh-config web2',
    ])
    await ask()
    expect((await calls()).match(/web1 web2/g)).toHaveLength(2)
  })
})

describe('the inventory of this project', () => {
  const inventory = (folder: string) =>
    writeFile(
      join(folder, 'inventory/dev.ts'),
      `import { command, defineInventory, definePlaybook, hostsFromVagrant, sh } from 'foobar-deploy'
const { web1, web2 } = await hostsFromVagrant({ machines: ['web1', 'web2'] })
const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  plays: () => [{ name: 'Web', hosts: 'web', tasks: () => [command({ run: sh\`true\`, always: true })] }],
})
export default defineInventory({
  playbook: site,
  hosts: { web1: { ...web1, address: '192.168.56.11' }, web2: { ...web2, address: '192.168.56.12' } },
  groups: { web: ['web1', 'web2'] },
})
`,
    )

  it('can be listed where there is no Vagrant, and says so when it is to connect', async () => {
    const { folder } = await project()
    await inventory(folder)
    const environment = { PATH: join(folder, 'nowhere') }
    const listed = await foobarDeploy(['list', 'inventory/dev.ts', '--hosts'], { folder, environment })
    expect(listed).toMatchObject({ code: 0, stderr: '' })
    expect(listed.stdout).toContain('192.168.56.11')
    const applied = await foobarDeploy(['apply', 'inventory/dev.ts', '--output', 'json'], { folder, environment })
    expect(applied.code).toBe(4)
    expect(applied.stdout).toContain('"code":"unavailable"')
    expect(applied.stdout).toContain('vagrant is not installed here, or not in PATH. Install it, then: vagrant up')
  })
})

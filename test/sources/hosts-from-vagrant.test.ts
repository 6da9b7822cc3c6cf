/** Hosts from Vagrant, by a stand-in for the program that prints what was recorded from it. */

import { chmod, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { hostsFromVagrant } from '../../src/index.ts'
import { folderWith, foobarDeploy } from '../cli/command.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const recorded = await readFile(new URL('vagrant-ssh-config.txt', import.meta.url), 'utf8')
const notReady = await readFile(new URL('vagrant-not-ready.txt', import.meta.url), 'utf8')
const web1 = {
  address: '127.0.0.1',
  hostName: '127.0.0.1',
  port: 2222,
  user: 'vagrant',
  identityFile: ['/srv/my site/.vagrant/machines/web1/virtualbox/private_key'],
  identitiesOnly: true,
  sshConfigFile: false,
}
const web2 = {
  ...web1,
  address: '192.168.121.17',
  hostName: '192.168.121.17',
  port: 22,
  identityFile: ['/srv/site/.vagrant/machines/web2/libvirt/private_key'],
}

/** A folder with a Vagrantfile, and a program that behaves as Vagrant does; the machines in `off` are not up. */
async function project(off: readonly string[] = [], told = recorded, complaint = notReady) {
  const folder = await folderWith({
    Vagrantfile: '',
    '.vagrant/machines/web1/virtualbox/id': 'a',
    '.vagrant/machines/web2/libvirt/id': 'b',
    'inventory/dev.ts': '',
    told,
    complaint,
    off: off.join(' '),
    'bin/vagrant': `#!/bin/sh
cd -- "$(dirname "$0")/.."
echo "$@" >>bin/vagrant.log; shift
for name; do
  case " $(cat off) " in *" $name "*) cat complaint >&2; exit 1;; esac
  sed -n "/^Host $name\\$/,/^\\$/p" told
done
`,
  })
  await chmod(join(folder, 'bin/vagrant'), 0o755)
  vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env.PATH}`)
  const calls = () => readFile(join(folder, 'bin/vagrant.log'), 'utf8').catch(() => '')
  return { folder, calls, ask: () => hostsFromVagrant({ machines: ['web1', 'web2'], cwd: join(folder, 'inventory') }) }
}

/** Something that listens as a machine's sshd does, and what Vagrant tells of two machines there. */
async function listening() {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const close = () => new Promise((done) => server.close(done))
  onTestFinished(async () => void (await close()))
  const { port } = server.address() as AddressInfo
  const told = recorded
    .replaceAll(/^ {2}HostName .*/gm, '  HostName 127.0.0.1')
    .replaceAll(/^ {2}Port .*/gm, `  Port ${port}`)
  return { told, port, close }
}

/** The host keys of a machine: learned once, and Vagrant removes the folder's files with the machine. */
const learned = (folder: string, name: string, provider: string) => ({
  hostKeyChecking: 'accept-new',
  hostKeyAlias: name,
  knownHostsFile: join(folder, '.vagrant/machines', name, provider, 'foobar-deploy-known-hosts'),
})

describe('machines that are up', () => {
  it('have the settings that Vagrant tells, and host keys of their own', async () => {
    const { ask, folder } = await project()
    expect(await ask()).toEqual({
      web1: { ...web1, ...learned(folder, 'web1', 'virtualbox') },
      web2: { ...web2, ...learned(folder, 'web2', 'libvirt') },
    })
  })

  it('have no host keys kept where Vagrant keeps no folder for them', async () => {
    const { ask, folder } = await project()
    await rm(join(folder, '.vagrant/machines/web2/libvirt/id'))
    expect((await ask()).web2).toEqual({ ...web2, hostKeyChecking: 'no', knownHostsFile: 'none' })
  })

  it('are asked for once, until something happens to one of them', async () => {
    const { told, port } = await listening()
    const { folder, calls, ask } = await project([], told)
    const first = await ask()
    expect(first.web2).toMatchObject({ address: '127.0.0.1', port })
    await writeFile(first.web2.knownHostsFile as string, 'web2 ssh-ed25519 AAAA\n')
    expect(await ask()).toEqual(first)
    expect(await calls()).toBe('ssh-config web1 web2\n')
    await utimes(join(folder, '.vagrant/machines/web1/virtualbox/id'), 1, 1)
    await ask()
    expect(await calls()).toBe('ssh-config web1 web2\n'.repeat(2))
  })

  it('are asked for again when one does not answer: it may be off, or have another address', async () => {
    const { told, close } = await listening()
    const { folder, calls, ask } = await project([], told)
    await ask()
    await close()
    const again = await listening()
    await writeFile(join(folder, 'told'), again.told)
    expect(await ask()).toMatchObject({ web1: { port: again.port }, web2: { port: again.port } })
    expect(await calls()).toBe('ssh-config web1 web2\n'.repeat(2))
    await again.close()
    await writeFile(join(folder, 'off'), 'web1 web2')
    expect((await ask()).web2.unavailable).toMatch(/not running/)
  })
})

describe('a machine that is not up', () => {
  it('is told with what to do, and hides no other', async () => {
    const { ask, calls, folder } = await project(['web1'])
    const found = await ask()
    expect(found.web2).toEqual({ ...web2, ...learned(folder, 'web2', 'libvirt') })
    expect(found.web1).toEqual({
      address: 'web1',
      sshConfigFile: false,
      unavailable: 'Vagrant says that it is not created or not running. Try: vagrant up web1',
    })
    expect((await calls()).split('\n').sort()).toEqual([
      '',
      'ssh-config web1',
      'ssh-config web1 web2',
      'ssh-config web2',
    ])
    await ask()
    expect((await calls()).match(/web1 web2/g)).toHaveLength(2)
  })

  it('is told in the words of Vagrant where these say something else', async () => {
    const complaint =
      'There was an error loading a Vagrantfile.\n\nPath: Vagrantfile\nMessage: ArgumentError: invalid value\n'
    const { ask } = await project(['web1', 'web2'], recorded, complaint)
    expect((await ask()).web1.unavailable).toBe(
      'There was an error loading a Vagrantfile. Path: Vagrantfile Message: ArgumentError: invalid value. Try: vagrant status',
    )
  })
})

describe('an inventory of them', () => {
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

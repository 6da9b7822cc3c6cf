/** The files that make a host itself, and those with which ssh finds it, letter by letter. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hostFiles, hostsFile, knownHostsFile, newMachineId, sshConfigFile } from '../../src/lab/host-files.ts'
import { createKeys } from '../../src/lab/host-keys.ts'
import { labPaths } from '../../src/lab/lab-paths.ts'

const hosts = [
  { name: 'web1', address: '198.51.100.11' },
  { name: 'web2', address: '198.51.100.12' },
]
const [host] = hosts as [(typeof hosts)[number]]

describe('hostFiles', () => {
  const files = hostFiles({
    host,
    hosts,
    machineId: '0123456789abcdef0123456789abcdef',
    authorizedKey: 'ssh-ed25519 AAAA vagrant@dev\n',
    hostKey: { privateKey: 'private\n', publicKey: 'public\n' },
  })
  const file = (path: string) => files.find((candidate) => candidate.path === path)

  it('give the host its name, address and keys', () => {
    expect(file('etc/hostname')?.content).toBe('web1\n')
    expect(file('etc/systemd/network/10-lab.network')?.content).toContain('Address=198.51.100.11/24\n')
    expect(file('etc/ssh/ssh_host_ed25519_key')).toMatchObject({ mode: 0o600, content: 'private\n' })
    expect(file('etc/machine-id')?.content).toBe('0123456789abcdef0123456789abcdef\n')
  })

  it('let vagrant in, with modes that sshd accepts', () => {
    expect(file('home/vagrant')).toEqual({ path: 'home/vagrant', mode: 0o755, owner: 1000 })
    expect(file('home/vagrant/.ssh')).toEqual({ path: 'home/vagrant/.ssh', mode: 0o700, owner: 1000 })
    expect(file('home/vagrant/.ssh/authorized_keys')).toMatchObject({ mode: 0o600, owner: 1000 })
  })

  it('name each directory before what is in it', () => {
    const seen = new Set(['.'])
    for (const { path, content } of files) {
      expect([...seen]).toContain(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
      if (content === undefined) seen.add(path)
    }
  })
})

describe('hostsFile', () => {
  it('has every host of the lab', () => {
    expect(hostsFile(hosts)).toBe(`127.0.0.1 localhost
::1 localhost ip6-localhost
198.51.100.11 web1
198.51.100.12 web2
`)
  })
})

describe('newMachineId', () => {
  it('is of the form systemd asks for, and new', () => {
    expect(newMachineId()).toMatch(/^[0-9a-f]{32}$/)
    expect(newMachineId()).not.toBe(newMachineId())
  })
})

describe('files for ssh', () => {
  const paths = labPaths('dev', { labs: '/labs', cache: '/cache' })

  it('known_hosts has name and address of each host', () => {
    expect(knownHostsFile([{ ...host, publicKey: 'ssh-ed25519 AAAA root@web1\n' }])).toBe(
      'web1,198.51.100.11 ssh-ed25519 AAAA\n',
    )
  })

  it("ssh_config goes by the host's socket", () => {
    expect(sshConfigFile(paths, [host])).toBe(`Host web1 198.51.100.11
  HostName 198.51.100.11
  User vagrant
  IdentityFile /labs/dev/key
  IdentitiesOnly yes
  UserKnownHostsFile /labs/dev/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ProxyCommand socat - UNIX-CONNECT:/labs/dev/ssh/web1
`)
  })

  it('are made with the keys, and the keys stay when they are made again', async () => {
    const labs = await mkdtemp(join(tmpdir(), 'lab-'))
    process.env.FOOBAR_DEPLOY_LAB_DIR = labs
    try {
      const made = labPaths('dev')
      const spec = { name: 'dev', suite: 'sid', packages: [], hosts } as const
      await createKeys(spec, { fd: 2 })
      const before = await readFile(made.knownHosts, 'utf8')
      expect(before).toMatch(/^web1,198\.51\.100\.11 ssh-ed25519 \S+\nweb2,198\.51\.100\.12 ssh-ed25519 \S+\n$/)
      expect(await readFile(`${made.key}.pub`, 'utf8')).toMatch(/^ssh-ed25519 \S+ vagrant@dev\n$/)
      await createKeys(spec, { fd: 2 })
      expect(await readFile(made.knownHosts, 'utf8')).toBe(before)
    } finally {
      delete process.env.FOOBAR_DEPLOY_LAB_DIR
      await rm(labs, { recursive: true })
    }
  })
})

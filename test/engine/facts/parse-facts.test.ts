/** Facts are read from what the script printed on hosts of the lab, and from texts as Ubuntu documents them. */

import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import { parseFacts } from '../../../src/engine/facts/parse-facts.ts'

const transcript = (name: string) => readFileSync(new URL(`${name}.txt`, import.meta.url), 'utf8')
const factsOf = (output: string) => parseFacts(output).facts

describe('hosts of the lab', () => {
  const releases = [
    ['bookworm', '12', 'bookworm', 'Debian GNU/Linux 12 (bookworm)'],
    ['trixie', '13', 'trixie', 'Debian GNU/Linux 13 (trixie)'],
    ['sid', '', 'forky', 'Debian GNU/Linux forky/sid'],
  ] as const
  it.each(releases)('%s', (suite, version, codename, name) => {
    expect(factsOf(transcript(`debian-${suite}`))).toMatchObject({
      hostname: 'web1',
      fqdn: 'web1',
      os: { id: 'debian', version, codename, name },
      kernel: '6.18.44-amd64',
      architecture: 'amd64',
      cpus: 2,
      cpuModel: 'AMD EPYC',
      memoryBytes: 24684084 * 1024,
      swapBytes: 0,
      mounts: [{ path: '/', device: 'overlay', type: 'overlay', sizeBytes: 270553174016 }],
      disks: [{ name: 'vda', sizeBytes: 274877906944 }],
      interfaces: [
        { name: 'lo', mac: '00:00:00:00:00:00', addresses: ['127.0.0.1/8', '::1/128'] },
        { name: 'host0', addresses: ['198.51.100.11/24'] },
      ],
      nameservers: [],
      timezone: 'Etc/UTC',
      init: 'systemd',
      packageManager: 'apt',
      virtualization: 'systemd-nspawn',
      custom: {},
    })
  })

  it('without a default route has no default address', () => {
    const facts = factsOf(transcript('debian-sid'))
    for (const member of ['defaultAddress', 'defaultAddress6', 'defaultInterface', 'gateway', 'gateway6'])
      expect(facts).not.toHaveProperty(member)
  })
})

test('a virtual machine with all there can be', () => {
  const { facts, pending } = parseFacts(transcript('vm'))
  expect(pending).toEqual(['reload nginx'])
  expect(facts).toEqual({
    hostname: 'db1',
    fqdn: 'db1.example.com',
    os: { id: 'ubuntu', version: '22.04', codename: 'jammy', name: 'Ubuntu 22.04.5 LTS' },
    kernel: '5.15.0-1059-aws',
    architecture: 'amd64',
    cpus: 7,
    cpuModel: 'Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz',
    memoryBytes: 8011284 * 1024,
    swapBytes: (2097148 + 1048572) * 1024,
    mounts: [
      { path: '/', device: '/dev/root', type: 'ext4', sizeBytes: 8132173824, availableBytes: 4563402752 },
      { path: '/boot/efi', device: '/dev/nvme0n1p15', type: 'vfat', sizeBytes: 109422592, availableBytes: 103070720 },
      { path: '/srv/my data', device: '//nas/my share', type: 'ext4', sizeBytes: 1000000000, availableBytes: 0 },
    ],
    disks: [
      { name: 'nvme0n1', sizeBytes: 8589934592 },
      { name: 'cciss/c0d0', sizeBytes: 1073741824 },
    ],
    interfaces: [
      { name: 'lo', mac: '00:00:00:00:00:00', addresses: ['127.0.0.1/8', '::1/128'] },
      {
        name: 'ens5',
        mac: '0a:5b:6c:7d:8e:9f',
        addresses: ['10.0.1.17/24', '10.0.1.200/24', '2001:db8:1::17/128', 'fe80::85b:6cff:fe7d:8e9f/64'],
      },
      { name: 'wg0', mac: '', addresses: ['10.8.0.1/24'] },
      { name: 'eth1', mac: '', addresses: ['10.9.0.2/16'] },
    ],
    defaultAddress: '10.0.1.17',
    defaultAddress6: '2001:db8:1::17',
    defaultInterface: 'ens5',
    gateway: '10.0.1.1',
    gateway6: 'fe80::8ff:fe00:1',
    nameservers: ['10.0.0.2', 'fd00::53'],
    timezone: 'Europe/Berlin',
    init: 'systemd',
    packageManager: 'apt',
    virtualization: 'amazon',
    uptimeSeconds: 86461,
    bootId: '7c2bd4a5-6f0f-4f3f-9a41-2f3c1e9f6a11',
    machineId: 'ec2f7b3c1d0a4ab7b6b8ef8d0e5a9c44',
    sshHostKey: 'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=',
    custom: {},
  })
})

describe('single facts', () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ['a fully qualified name from /etc/hosts', 'hostname=db\nhosts=127.0.1.1\tdb.lan db # db.no', { fqdn: 'db.lan' }],
    ['a name with none', 'hostname=db', { hostname: 'db', fqdn: 'db' }],
    ['one processor', 'cpus=0', { cpus: 1 }],
    ['no word on processors', '', { cpus: 1, cpuModel: '', memoryBytes: 0, packageManager: 'unknown' }],
    ['single quotes', "os=ID='debian'", { os: { id: 'debian', version: '', codename: '', name: '' } }],
    ['a kernel without dpkg', 'architecture=aarch64', { architecture: 'arm64' }],
    ['resolved that knows none', 'nameserver=nameserver 127.0.0.53\nnameserver=-', { nameservers: ['127.0.0.53'] }],
    ['a timezone by its own name', 'timezone=Asia/Tokyo', { timezone: 'Asia/Tokyo' }],
    ['a relative link', 'timezone=../usr/share/zoneinfo/Asia/Tokyo', { timezone: 'Asia/Tokyo' }],
    ['no timezone', 'timezone=', { timezone: 'Etc/UTC' }],
    [
      'IPv4 by a router of IPv6',
      '@ip\n8.8.8.8 via inet6 fe80::1 dev eth0 src 192.0.2.7 uid 0 ',
      { defaultAddress: '192.0.2.7', gateway: 'fe80::1', defaultInterface: 'eth0' },
    ],
    [
      'a way without a router',
      '@ip\n8.8.8.8 dev ppp0 src 192.0.2.7 uid 0 ',
      { defaultAddress: '192.0.2.7', defaultInterface: 'ppp0', interfaces: [] },
    ],
    [
      'IPv6 alone',
      '@ip\n2000::1 from :: via fe80::1 dev eth0 src 2001:db8::7 metric 1',
      { defaultAddress6: '2001:db8::7', defaultInterface: 'eth0' },
    ],
  ]
  it.each(cases)('%s', (_name, output, expected) => {
    expect(factsOf(output)).toMatchObject(expected)
  })
})

/** Reads what the script of facts printed. */

import type { Disk, Facts, Mount } from '../../model/facts.ts'
import { parseNetwork } from './parse-network.ts'
import { virtualizationOf } from './virtualization.ts'

/** What the first round trip tells of a host. */
export interface Gathered {
  readonly facts: Facts
  /** Names of the handlers that earlier runs left pending. */
  readonly pending: readonly string[]
}

/** Reads the output of `factsScript`; the playbook's own facts are still to be filled in. */
export function parseFacts(output: string): Gathered {
  const [lines, sections] = split(output)
  const values = Map.groupBy(lines, (line) => line.slice(0, line.indexOf('=')))
  const all = (key: string) => (values.get(key) ?? []).map((line) => line.slice(key.length + 1))
  const one = (key: string) => (all(key)[0] ?? '').trim()
  const release = new Map(
    all('os').map((line) => [line.split('=')[0] ?? '', unquoted(line.slice(line.indexOf('=') + 1))]),
  )
  const os = (key: string) => release.get(key) ?? ''
  const prefixed = (prefix: string) =>
    [...values.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), one(key)] as const)
  const hostname = one('hostname').split('.')[0] ?? ''
  return {
    pending: all('pending').map(decodeURIComponent),
    facts: {
      hostname,
      fqdn: qualified(hostname, one('hostname'), one('hosts')),
      os: { id: os('ID'), version: os('VERSION_ID'), codename: os('VERSION_CODENAME'), name: os('PRETTY_NAME') },
      kernel: one('kernel'),
      architecture: architectureOf(one('architecture')),
      cpus: countOf(one('cpus')),
      cpuModel: one('cpuModel'),
      memoryBytes: kibibytes(one('memory').replace('MemTotal:', '')),
      swapBytes: all('swap').reduce((sum, line) => sum + kibibytes(line.split(/\s+/)[2] ?? ''), 0),
      mounts: (sections.get('df') ?? []).flatMap(mountOf),
      disks: prefixed('disk.').flatMap(diskOf),
      ...parseNetwork(sections.get('ip') ?? [], new Map(prefixed('mac.'))),
      nameservers: nameserversOf(all('nameserver')),
      timezone: one('timezone').replace(/^.*\/zoneinfo\//, '') || 'Etc/UTC',
      init: one('init'),
      packageManager: one('packageManager') === 'apt' ? 'apt' : 'unknown',
      virtualization: virtualizationOf({
        container: one('container'),
        firmware: `${one('vendor')} ${one('product')}`,
        clocks: one('clocks'),
        detected: one('detected'),
        kernel: one('kernel'),
      }),
      uptimeSeconds: Math.floor(Number(one('uptime').split(' ')[0]) || 0),
      bootId: one('bootId'),
      machineId: one('machineId'),
      sshHostKey: one('sshHostKey').split(' ').slice(0, 2).join(' '),
      custom: {},
    },
  }
}

/** The `name=value` lines, and by name the lines of each program. */
function split(output: string): [lines: string[], sections: ReadonlyMap<string, readonly string[]>] {
  const values: string[] = []
  const sections = new Map<string, string[]>()
  let current: string[] = values
  for (const line of output.split('\n')) {
    if (line.startsWith('@')) {
      current = []
      sections.set(line.slice(1), current)
    } else if (current !== values || line.includes('=')) current.push(line)
  }
  return [values, sections]
}

/** How many processors `0-3,5` are. */
function countOf(ranges: string): number {
  const counts = ranges.split(',').map((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map((word) => Number.parseInt(word, 10))
    return last - first + 1
  })
  return counts.reduce((sum, count) => sum + count, 0) || 1
}

function kibibytes(text: string): number {
  return (Number.parseInt(text, 10) || 0) * 1024
}

const diskSectorBytes = 512

// A drive without a medium has size 0.
function diskOf([name, sectors]: readonly [string, string]): Disk[] {
  const sizeBytes = Number(sectors) * diskSectorBytes
  return sizeBytes > 0 ? [{ name: name.replaceAll('!', '/'), sizeBytes }] : []
}

// Containers mount overlays of their own by the dozen, and a container has files of its host there.
function mountOf(line: string): Mount[] {
  const [, device = '', type = '', size, available, path = ''] =
    /^(.+?) +(\S+) +(\d+) +(\d+|-) +(\/.*)$/.exec(line) ?? []
  if (path === '' || path.startsWith('/run/host/') || (type === 'overlay' && path !== '/')) return []
  return [{ path, device, type, sizeBytes: Number(size), availableBytes: Number(available) || 0 }]
}

// After a line `-` those come that systemd-resolved asks in its turn.
function nameserversOf(lines: readonly string[]): string[] {
  const isBehind = lines.includes('-') && lines.at(-1) !== '-'
  const used = isBehind ? lines.slice(lines.indexOf('-') + 1) : lines
  return used.flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
}

// Where dpkg does not tell, the kernel's word is translated.
function architectureOf(word: string): string {
  return { x86_64: 'amd64', aarch64: 'arm64' }[word] ?? word
}

function qualified(hostname: string, full: string, hosts: string): string {
  if (full.includes('.')) return full
  const names = (hosts.split('#')[0] ?? '').trim().split(/\s+/).slice(1)
  return names.find((name) => name.startsWith(`${hostname}.`)) ?? hostname
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2')
}

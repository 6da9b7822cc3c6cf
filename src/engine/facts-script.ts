/** Gathering facts: one script of few processes, and how its output is read. */

import type { Facts, NetworkInterface } from '../model/facts.ts'
import { listOwed } from './host-folder.ts'

// Builtins where they do: a process costs 1.6 ms on the host, a builtin next to nothing.
/** Prints what {@link parseFacts} reads. */
export const factsScript = String.raw`
v() { printf '%s=%s\n' "$1" "$2"; }
r() { IFS= read -r x <"$2" && v "$1" "$x"; } 2>/dev/null
r hostname /proc/sys/kernel/hostname; r kernel /proc/sys/kernel/osrelease; r init /proc/1/comm; r uptime /proc/uptime
while IFS=: read -r k x; do [ "$k" = MemTotal ] && v memory "$x" && break; done </proc/meminfo
for i in /sys/class/net/*; do IFS= read -r x <"$i/address" && v "mac.${'$'}{i##*/}" "$x"; done 2>/dev/null
while IFS= read -r x; do v os "$x"; done </etc/os-release
while IFS= read -r x; do v hosts "$x"; done </etc/hosts
v cpus "$(nproc)"
v architecture "$(dpkg --print-architecture 2>/dev/null || uname -m)"
command -v apt-get >/dev/null && v packageManager apt
v virtualization "$(systemd-detect-virt 2>/dev/null)"
ip -o addr show 2>/dev/null | while IFS= read -r x; do v address "$x"; done
ip -o route show default 2>/dev/null | while IFS= read -r x; do v route "$x"; done
${listOwed}
`

/** What the first exchange tells of a host. */
export interface Gathered {
  readonly facts: Facts
  /** Names of the handlers that earlier runs owe. */
  readonly owed: readonly string[]
}

/** Reads the output of {@link factsScript}. */
export function parseFacts(output: string): Gathered {
  const values = Map.groupBy(
    output.split('\n').filter((line) => line.includes('=')),
    (line) => line.slice(0, line.indexOf('=')),
  )
  const all = (key: string) => (values.get(key) ?? []).map((line) => line.slice(key.length + 1))
  const one = (key: string) => all(key)[0] ?? ''
  const release = new Map(
    all('os').map((line) => [line.split('=')[0] ?? '', unquoted(line.slice(line.indexOf('=') + 1))]),
  )
  const os = (key: string) => release.get(key) ?? ''
  const interfaces = parseInterfaces(all('address'), macs(values))
  const hostname = one('hostname').split('.')[0] ?? ''
  const defaultAddress = parseDefaultAddress(one('route'), interfaces)
  return {
    owed: all('owed').map(decodeURIComponent),
    facts: {
      hostname,
      fqdn: qualified(hostname, one('hostname'), all('hosts')),
      os: { id: os('ID'), version: os('VERSION_ID'), codename: os('VERSION_CODENAME'), name: os('PRETTY_NAME') },
      kernel: one('kernel'),
      architecture: one('architecture'),
      cpus: Number(one('cpus')) || 1,
      memoryBytes: (Number.parseInt(one('memory').trim(), 10) || 0) * 1024,
      ...(defaultAddress === undefined ? {} : { defaultAddress }),
      interfaces,
      init: one('init'),
      packageManager: one('packageManager') === 'apt' ? 'apt' : 'unknown',
      virtualization: one('virtualization') || 'none',
      uptimeSeconds: Math.floor(Number(one('uptime').split(' ')[0]) || 0),
    },
  }
}

function macs(values: Map<string, string[]>): (name: string) => string {
  return (name) => values.get(`mac.${name}`)?.[0]?.slice(`mac.${name}=`.length) ?? ''
}

function parseInterfaces(lines: readonly string[], mac: (name: string) => string): NetworkInterface[] {
  const parsed = lines.flatMap((line) => {
    const [, name, , address] = line.trim().split(/\s+/)
    return name && address ? [{ name, address }] : []
  })
  return [...Map.groupBy(parsed, ({ name }) => name)].map(([name, rows]) => ({
    name,
    mac: mac(name),
    addresses: rows.map(({ address }) => address),
  }))
}

function parseDefaultAddress(route: string, interfaces: readonly NetworkInterface[]): string | undefined {
  const words = route.split(/\s+/)
  const after = (word: string) => (words.includes(word) ? words[words.indexOf(word) + 1] : undefined)
  const device = interfaces.find(({ name }) => name === after('dev'))
  return after('src') ?? device?.addresses.find((address) => address.includes('.'))?.split('/')[0]
}

function qualified(hostname: string, full: string, hosts: readonly string[]): string {
  if (full.includes('.')) return full
  const names = hosts.flatMap((line) => (line.split('#')[0] ?? '').trim().split(/\s+/).slice(1))
  return names.find((name) => name.startsWith(`${hostname}.`)) ?? hostname
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2')
}

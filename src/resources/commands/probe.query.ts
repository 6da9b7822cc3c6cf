/** Asks whether a port, URL or path is ready: ports in one look at /proc, connections and HTTP in parallel, paths without a process. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import type { Secret } from '../../shell/secret.ts'
import { plainLines } from './http-headers.ts'
import { probeFunctions } from './probe-functions.ts'

/** Something that may have come. */
export type Probe =
  | { readonly kind: 'port'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'http'
      readonly url: string
      /** The statuses of which the answer must have one. */
      readonly status: readonly number[]
      /** A text that must be in it. */
      readonly contains?: string | undefined
      /** The headers, one a line. */
      readonly headers: string | Secret<Uint8Array>
    }
  | { readonly kind: 'path'; readonly path: string; readonly present: boolean }

/** What was seen. */
export type ProbeAnswer =
  | { readonly kind: 'yes' }
  | { readonly kind: 'no'; readonly seen: string }
  /** The host lacks a program to look with. */
  | { readonly kind: 'blind'; readonly lacking: string }

export const probeQuery: QueryKind<Probe, ProbeAnswer> = {
  name: 'probe',
  key: (probe) => {
    const plain = probe.kind === 'http' ? { ...probe, headers: plainLines(probe.headers) } : probe
    return JSON.stringify(Object.entries(plain).sort())
  },
  script: (probes) => {
    const lines = probes.map((probe, index) => ({ probe, text: `say ${index} "$(${probeScript(probe)})"` }))
    const quick = lines.filter(({ probe }) => isQuick(probe)).map(({ text }) => text)
    const slow = lines.filter(({ probe }) => !isQuick(probe)).map(({ text }) => `${text} &`)
    return [probeFunctions, 'say() { printf \'%s %s\\n\' "$1" "$2"; }', 'sockets', ...quick, ...slow, 'wait'].join('\n')
  },
  parse: ({ stdout }, probes) => {
    const rows = stdout.toString().split('\n')
    const seen = new Map(rows.map((row): [string, string] => [row.split(' ', 1)[0] ?? '', row.replace(/^\d+ /, '')]))
    return probes.map((_probe, index) => answerOf(seen.get(String(index)) ?? 'nothing'))
  },
}

/** Whether it has come. */
export const probe = defineQuery(probeQuery)

/**
 * POSIX sh that prints `yes`, or what is there instead, or `! ` and what the host lacks; needs {@link probeFunctions}. The
 * headers are those of the probe, or a word that the shell expands to them.
 */
export function probeScript(probe: Probe, headersWord?: string): string {
  if (probe.kind === 'path') return `${probe.present ? 'there' : 'gone'} ${quote(probe.path)}`
  if (probe.kind === 'http') {
    const { protocol, hostname, port, pathname, search, host } = new URL(probe.url)
    // Without curl, bash can speak to http:// alone.
    const parts = protocol === 'http:' ? [hostname.replace(/^\[|\]$/g, ''), port || '80', pathname + search, host] : []
    const asked = [probe.url, probe.status.join(' '), probe.contains ?? ''].map(quote)
    const headers = headersWord ?? quote(plainLines(probe.headers))
    return `fetch ${[...asked, headers, ...parts.map(quote)].join(' ')}`
  }
  const { host, port } = probe
  const sure = localAddresses[host]
  if (!sure) return `connects ${quote(host)} ${port}`
  return `listening ${quote(host)} ${port} ${port.toString(16).toUpperCase().padStart(4, '0')} ${sure.join(' ')}`
}

// As /proc/net/tcp writes them, on machines of either byte order.
const anyV4 = '00000000'
const anyV6 = '0'.repeat(32)
const loopbackV4 = ['0100007F', '7F000001']
const loopbackV6 = [`${'0'.repeat(24)}01000000`, `${'0'.repeat(31)}1`]

/** The addresses a socket may be bound to so that it certainly answers at the name. */
const localAddresses: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': [anyV4, ...loopbackV4],
  '::1': [anyV6, ...loopbackV6],
  localhost: [anyV4, ...loopbackV4, anyV6, ...loopbackV6],
}

function isQuick(probe: Probe): boolean {
  return probe.kind === 'path' || (probe.kind === 'port' && probe.host in localAddresses)
}

function answerOf(row: string): ProbeAnswer {
  if (row === 'yes') return { kind: 'yes' }
  return row.startsWith('! ') ? { kind: 'blind', lacking: row.slice(2) } : { kind: 'no', seen: row }
}

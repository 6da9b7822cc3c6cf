/** Fingerprints: what a host is, taken without asking any resource, so that it can contradict them. */

import { quote } from '../shell/quote.ts'

/** What was seen, by name: `file /etc/hosts`, `package nginx`, `unit nginx.service`. */
export type Fingerprint = ReadonlyMap<string, string>

/** Something that is not as it was. */
export interface Moved {
  /** Its name in the fingerprint. */
  readonly what: string
  /** Absent where it was not there. */
  readonly before?: string
  readonly after?: string
}

/** Where configuration and what is served usually lies; the paths of the tasks are looked at besides. */
const usualRoots = ['/etc', '/usr/local', '/opt', '/srv', '/root', '/home', '/var/www', '/var/spool/cron']

/**
 * Prints a host's fingerprint. Of files it takes inode, owner, mode, size and the times of the last writing and of the
 * last change of any kind: rewriting a file with what it held already shows. Of units it takes the invocation and the
 * time of the last change of state: a restart shows, and a reload too.
 */
export function fingerprintScript(paths: readonly string[]): string {
  const roots = [...new Set([...usualRoots, ...paths])].map(quote).join(' ')
  return `set --; for x in ${roots}; do { [ -e "$x" ] || [ -L "$x" ]; } && set -- "$@" "$x"; done
find "$@" -xdev -printf 'file %p\\t%y inode %i mode %m owner %U:%G size %s written %T@ changed %C@ %l\\0' 2>/dev/null
dpkg-query -W -f 'package \${binary:Package}\\t\${Version} \${db:Status-Abbrev}\\n' 2>/dev/null | tr '\\n' '\\0'
systemctl show --type=service,socket,timer -p Id,UnitFileState,ActiveState,SubState,InvocationID,StateChangeTimestampMonotonic '*' 2>/dev/null | tr '\\n' '\\1' | sed 's/\\x01\\x01/\\x00/g'`
}

/** Reads the output of {@link fingerprintScript}. */
export function parseFingerprint(output: string): Fingerprint {
  return new Map(
    output.split('\0').flatMap((record) => (record.includes('\x01') ? parseUnit(record) : parseRecord(record))),
  )
}

/** What is not the same in both. */
export function compareFingerprints(before: Fingerprint, after: Fingerprint): Moved[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((what) => {
    const [was, is] = [before.get(what), after.get(what)]
    if (was === is) return []
    return [{ what, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }]
  })
}

function parseRecord(record: string): [string, string][] {
  const [name, value] = record.split('\t')
  return name && value !== undefined ? [[name, value.trimEnd()]] : []
}

// Of the units those that somebody enabled: the others come and go by themselves, for instance with a login.
function parseUnit(record: string): [string, string][] {
  const properties = new Map(
    record.split('\x01').map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  const state = properties.get('UnitFileState') ?? ''
  const id = properties.get('Id')
  // What a timer or a login starts in passing is no part of the configuration.
  if (!id || !/^enabled/.test(state) || (id.endsWith('.service') && properties.get('SubState') !== 'running')) return []
  if (id.endsWith('.timer')) return [[`unit ${id}`, `${state} ${properties.get('ActiveState')}`]]
  const values = ['ActiveState', 'SubState', 'InvocationID', 'StateChangeTimestampMonotonic'].map((key) =>
    properties.get(key),
  )
  return [[`unit ${id}`, [state, ...values].join(' ')]]
}

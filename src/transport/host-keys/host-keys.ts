/** Host keys: whether the host that answers is the one that is meant. */

import type { ServerHostKeyAlgorithm } from 'ssh2'
import { type FoobarDeployError, messageOf } from '../../errors.ts'
import { quote } from '../../shell/quote.ts'
import { hostKeyAlgorithms } from '../algorithms.ts'
import { addressOf, type Destination, ignoredText } from '../ssh-config/destination.ts'
import { unreachable } from '../unreachable.ts'
import { appendKnownHost, keepsNothing, readKnownHosts } from './host-key-files.ts'
import {
  entriesFor,
  fingerprintOf,
  judgeHostKey,
  type KeyVerdict,
  type KnownHost,
  keyTypeOf,
  knownHostLine,
  newSalt,
} from './known-hosts.ts'

/** What is known of a host before it answers. */
export interface HostKeyCheck {
  /** In an order that makes a host with several keys show one that is known. */
  readonly algorithms: ServerHostKeyAlgorithm[]
  /** Resolves for a key that is to be trusted, rejects with the error for any other. */
  verify(key: Buffer): Promise<void>
}

/** The keys that hosts showed while nothing was known of them and nothing checked, by host and name. */
export type ShownKeys = Map<string, Buffer>

/** Reads what is known of `destination`; `shownKeys` holds what was shown before. */
export async function prepareHostKeyCheck(destination: Destination, shownKeys: ShownKeys): Promise<HostKeyCheck> {
  const { hostKeyChecking, hostKeyNames } = destination
  const entries = await readKnownHosts(destination)
  const own = hostKeyNames
    .flatMap((name) => [...entriesFor(entries, name), ...entriesFor(entries, withoutPort(name))])
    .filter(({ marker }) => marker === undefined)
  return {
    algorithms: hostKeyAlgorithms(own.map(({ keyType }) => keyType)),
    async verify(key) {
      const verdict = judge(entries, destination, key)
      if (verdict.kind === 'known') return
      // A key that is not the known one is refused whatever the setting: a run sends passwords and secrets to whoever has it.
      if (verdict.kind === 'unknown' && hostKeyChecking === 'no') return keepKey(shownKeys, destination, key)
      if (verdict.kind === 'unknown' && hostKeyChecking === 'accept-new') {
        const [file] = destination.knownHostsFiles
        // What is written to /dev/null is forgotten, as the user wants it.
        const isForgotten = file !== undefined && (await keepsNothing(file))
        return isForgotten ? keepKey(shownKeys, destination, key) : accept(destination, key)
      }
      throw refusal(verdict, destination, key)
    },
  }
}

/** Unchecked does not mean that the host may become another one between two connections of the same run. */
function keepKey(shownKeys: ShownKeys, destination: Destination, key: Buffer): void {
  const id = JSON.stringify([destination.name, destination.hostKeyNames])
  const before = shownKeys.get(id)
  shownKeys.set(id, before ?? Buffer.from(key))
  if (!before || before.equals(key)) return
  throw unreachable('changed-host-key', {
    host: destination.name,
    detail: `${shownBy(destination, key)}, but it showed ${keyTypeOf(before)} ${fingerprintOf(before)} earlier in this run`,
    hint: 'This can be an attack on the connection. If the host was reinstalled meanwhile, start the run again.',
  })
}

function shownBy(destination: Destination, key: Buffer): string {
  return `${addressOf(destination)} shows the ${keyTypeOf(key)} key ${fingerprintOf(key)}`
}

/** The verdict under the names of `destination`: a revocation under any counts, then the first name that is known. */
function judge(entries: readonly KnownHost[], { hostKeyNames }: Destination, key: Buffer): KeyVerdict {
  const verdicts = hostKeyNames.map((name) => judgeHostKey(entries, name, key))
  // As with OpenSSH, an entry without the port vouches for its key, but denies no other.
  const portless = hostKeyNames.map((name) => judgeHostKey(entries, withoutPort(name), key))
  const find = (from: readonly KeyVerdict[], ...kinds: readonly KeyVerdict['kind'][]) =>
    from.find(({ kind }) => kinds.includes(kind))
  return (
    find([...verdicts, ...portless], 'revoked') ??
    find(verdicts, 'known', 'changed') ??
    find(portless, 'known') ??
    (verdicts[0] as KeyVerdict)
  )
}

function withoutPort(name: string): string {
  return /^\[(.*)\]:\d+$/.exec(name)?.[1] ?? name
}

async function accept(destination: Destination, key: Buffer): Promise<void> {
  const [file] = destination.knownHostsFiles
  const [name] = destination.hostKeyNames as [string]
  const verdicts: KeyVerdict[] = []
  try {
    if (file === undefined) throw new Error('no known_hosts file is set')
    // An address that a source of hosts made up must not become a pattern, or a line of its own.
    if (/[\s,*?!|#@]/.test(name)) throw new Error(`${JSON.stringify(name)} cannot be a name in it; set hostKeyAlias`)
    const line = knownHostLine(name, key, destination.hashKnownHosts ? newSalt() : undefined)
    await appendKnownHost(file, line, async () => {
      const verdict = judge(await readKnownHosts(destination), destination, key)
      verdicts.push(verdict)
      return verdict.kind !== 'unknown'
    })
  } catch (cause) {
    throw unreachable('known-hosts-unwritable', {
      host: destination.name,
      detail: `${file ?? 'UserKnownHostsFile none'}: ${messageOf(cause)}`,
      hint: 'Make the file writable, or name another with knownHostsFile.',
      cause,
    })
  }
  // Another connection may have recorded a key for this host meanwhile.
  const [verdict] = verdicts
  if (verdict?.kind === 'changed' || verdict?.kind === 'revoked') throw refusal(verdict, destination, key)
}

function refusal(
  verdict: Exclude<KeyVerdict, { kind: 'known' }>,
  destination: Destination,
  key: Buffer,
): FoobarDeployError {
  const { name: host } = destination
  const [name] = destination.hostKeyNames as [string]
  const shown = shownBy(destination, key)
  if (verdict.kind === 'revoked') {
    return unreachable('revoked-host-key', {
      host,
      detail: `${shown}, revoked in ${placeOf(verdict.entry)}`,
      hint: 'Do not trust this host: its key is known to have been compromised. Give it a new key.',
    })
  }
  if (verdict.kind === 'changed') {
    const known = verdict.entries.map((entry) => `${entry.keyType} ${fingerprintOf(decode(entry))} (${placeOf(entry)})`)
    const file = verdict.entries[0]?.file ?? ''
    return unreachable('changed-host-key', {
      host,
      detail: `${shown}, but known is ${known.join(', ')}`,
      hint:
        'This can be an attack on the connection. Only if you know that the host was reinstalled or got a new key, remove the old ' +
        `one: ssh-keygen -R ${quote(name)} -f ${quote(file)}${uncheckedHint(destination)}`,
    })
  }
  const authorities = verdict.authorities.map(
    (entry) => `; ${placeOf(entry)} names a certificate authority (@cert-authority), which is not supported`,
  )
  return unreachable('unknown-host-key', {
    host,
    detail: `${shown}, and ${filesOf(destination)} knows no key of ${name}${authorities.join('')}${ignoredText(destination, 'host key')}`,
    hint: `Compare the fingerprint with the host's own (ssh-keygen -lf on its /etc/ssh/ssh_host_*.pub), then add it: ${addition(destination)}. Or set hostKeyChecking: 'accept-new'.`,
  })
}

function uncheckedHint({ hostKeyChecking }: Destination): string {
  if (hostKeyChecking !== 'no') return ''
  return ". hostKeyChecking: 'no' accepts unknown keys, not changed ones. For hosts that often get a new key, also set knownHostsFile: 'none'."
}

function addition({ host, port, knownHostsFiles: [file = '~/.ssh/known_hosts'] }: Destination): string {
  return `ssh-keyscan ${port === 22 ? '' : `-p ${port} `}${quote(host)} >> ${quote(file)}`
}

function filesOf({ knownHostsFiles, globalKnownHostsFiles }: Destination): string {
  return [...knownHostsFiles, ...globalKnownHostsFiles].join(' or ')
}

function placeOf({ file, line }: KnownHost): string {
  return `${file}:${line}`
}

function decode({ key }: KnownHost): Buffer {
  return Buffer.from(key, 'base64')
}

/** ssh_config as data: text in, the settings of one host out. The first value found stands, as in OpenSSH. */

import { definedOnly } from '../../errors.ts'
import {
  type ConfigLine,
  type ConfigText,
  configLines,
  located,
  type Place,
  placeText,
  SshConfigProblem,
} from './config-lines.ts'
import {
  agentOf,
  commandOf,
  filesOf,
  flagOf,
  isNone,
  jumpOf,
  oneOf,
  portOf,
  secondsOf,
  wordOf,
} from './config-values.ts'
import { parseHops } from './hops.ts'
import { type Matter, matterOf } from './keywords.ts'
import { judgeMatch } from './match.ts'
import { matchesPatterns } from './patterns.ts'
import type { SshEnvironment } from './ssh-environment.ts'
import { expandTokens, type TokenSubject, type Tokens, tokensOf } from './tokens.ts'

/** What ssh_config says of a host; tokens, variables and `~` are not expanded yet, except in the host name. */
export interface SshConfig {
  readonly hostName?: string
  readonly port?: number
  readonly user?: string
  /** `none` stands for no file. */
  readonly identityFiles: readonly string[]
  readonly certificateFiles: readonly string[]
  readonly identitiesOnly?: boolean
  readonly identityAgent?: string
  /** `none` stays as it is: it cancels a later one. */
  readonly proxyJump?: string
  readonly proxyCommand?: string
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly hashKnownHosts?: boolean
  readonly hostKeyChecking?: 'strict' | 'accept-new' | 'no'
  readonly hostKeyAlias?: string
  readonly connectTimeoutSeconds?: number
  readonly serverAliveIntervalSeconds?: number
  readonly algorithmLimits?: AlgorithmLimits
  /** Where each value stands that can hold tokens. */
  readonly places: ReadonlyMap<string, Place>
  /** What is in force for the host and not followed. */
  readonly ignored: readonly IgnoredSetting[]
}

/** Lists of algorithms as ssh_config has them: names and patterns; after `-` all but these, after `+` or `^` more. */
export type AlgorithmLimits = { readonly [Keyword in keyof typeof algorithmLists]?: string }

/** A setting that is not followed: when that matters, and what is to be told. */
export interface IgnoredSetting {
  readonly matter: Exclude<Matter, 'refused'>
  readonly keyword: string
  readonly value: string
  readonly text: string
}

/** What the configuration is read for, and how to get at what it needs. */
export interface SshConfigQuery {
  /** The address in the inventory, as it would stand on ssh's command line. */
  readonly host: string
  /** The name in the inventory, which `Host` may name too. */
  readonly alias?: string
  /** What the inventory says, as options on ssh's command line would. */
  readonly given?: {
    readonly hostName?: string
    readonly port?: number
    readonly user?: string
    readonly hostKeyAlias?: string
  }
  readonly environment: SshEnvironment
  /** The files that an Include names, in order; `from` is the position of the text it stands in or below. */
  include(pattern: string, from: number, tokens: Tokens): readonly ConfigText[]
  /** Runs a command of `Match exec`; without it such a Match is a problem. */
  run?(command: string): boolean
}

const algorithmLists = { ciphers: wordOf, hostkeyalgorithms: wordOf, kexalgorithms: wordOf, macs: wordOf }

const readers = {
  ...algorithmLists,
  connecttimeout: secondsOf,
  globalknownhostsfile: filesOf,
  hashknownhosts: flagOf,
  hostkeyalias: wordOf,
  hostname: wordOf,
  identitiesonly: flagOf,
  identityagent: agentOf,
  port: portOf,
  proxycommand: commandOf,
  proxyjump: jumpOf,
  serveraliveinterval: secondsOf,
  stricthostkeychecking: oneOf({
    yes: 'strict',
    true: 'strict',
    ask: 'strict',
    no: 'no',
    false: 'no',
    off: 'no',
    'accept-new': 'accept-new',
  } as const),
  tag: wordOf,
  user: wordOf,
  userknownhostsfile: filesOf,
}
type Values = { [Keyword in keyof typeof readers]?: ReturnType<(typeof readers)[Keyword]> }

/** What has been found so far. */
interface Findings {
  readonly values: Values
  readonly identityFiles: Set<string>
  readonly certificateFiles: Set<string>
  readonly places: Map<string, Place>
  readonly ignored: Map<string, IgnoredSetting>
  readonly ignoredUnknown: string[]
  /** A HostName in a block that names the host as the inventory does: the address of the inventory stands. */
  aliasHostName?: { readonly value: string; readonly place: Place }
  wantsFinal: boolean
  /** The host name that the first reading has found, once the second goes on. */
  finalHost?: string
}

/** A host name as it is connected to; addresses stay as they are. */
export function loweredHost(host: string): string {
  return /[%:]/.test(host) ? host : host.toLowerCase()
}

/** By which of the names of the host a block applies, if it does. */
type Active = 'host' | 'alias' | undefined

// An Include that includes itself ends here, as in OpenSSH.
const deepestInclude = 16

/** The settings for a host from the texts of configuration files, of which earlier ones take precedence. */
export function readSshConfig(texts: readonly ConfigText[], query: SshConfigQuery): SshConfig {
  const findings: Findings = {
    values: {},
    identityFiles: new Set(),
    certificateFiles: new Set(),
    places: new Map(),
    ignored: new Map(),
    ignoredUnknown: [],
    wantsFinal: false,
  }
  readTexts(texts, query, findings)
  if (findings.wantsFinal) {
    findings.finalHost = loweredHost(hostIn(findings, query))
    readTexts(texts, query, findings)
  }
  return configOf(findings, query)
}

/** Reads all texts once. */
function readTexts(texts: readonly ConfigText[], query: SshConfigQuery, findings: Findings): void {
  const { finalHost } = findings
  const names = query.alias === undefined || query.alias === query.host ? [] : [query.alias]
  const activeBy = (judge: (names: readonly string[]) => boolean): Active => {
    if (!judge([query.host, ...names])) return undefined
    return names.length === 0 || judge([query.host]) ? 'host' : 'alias'
  }
  const judgeHost = (line: ConfigLine): Active => {
    if (line.words.includes('')) throw new SshConfigProblem('host has an empty value', line.place)
    return activeBy((hosts) =>
      matchesPatterns(line.words, ...(finalHost === undefined ? hosts : [finalHost, ...hosts.slice(1)])),
    )
  }
  const judgeLine = (line: ConfigLine): Active =>
    activeBy((originalHosts) => {
      const subject = subjectIn(findings, query)
      const { matches, wantsFinal } = judgeMatch(line, {
        originalHosts,
        host: subject.host,
        user: subject.user,
        localUser: query.environment.user,
        tag: findings.values.tag ?? '',
        isFinal: finalHost !== undefined,
        tokens: execTokens(subject, query.environment),
        run(command) {
          if (query.run) return query.run(command)
          throw new SshConfigProblem('Match exec is not run here', line.place)
        },
      })
      findings.wantsFinal ||= wantsFinal
      return matches
    })

  const read = (text: ConfigText, from: number, depth: number, outer: Active) => {
    if (depth > deepestInclude) throw new SshConfigProblem('Include goes too deep', { file: text.file, line: 1 })
    let active = outer
    for (const line of configLines(text)) {
      // What is included below a block for other hosts is read for its mistakes alone.
      if (line.keyword === 'host') active = outer && judgeHost(line)
      else if (line.keyword === 'match') active = judgeLine(line) && outer
      else if (line.keyword === 'include') {
        const subject = subjectIn(findings, query)
        for (const pattern of filesOf(line))
          for (const included of query.include(pattern, from, execTokens(subject, query.environment)))
            read(included, from, depth + 1, active)
      } else readSetting(line, findings, active)
    }
  }
  for (const [from, text] of texts.entries()) read(text, from, 0, 'host')
}

/** Whether an earlier setting leaves no room: of bastion and command the first decides, but `ProxyJump none` is no bastion. */
function isDecided(keyword: string, values: Values): boolean {
  if (keyword === 'proxycommand' && !isNone(values.proxyjump ?? 'none')) return true
  return Object.hasOwn(values, keyword) || (keyword === 'proxyjump' && values.proxycommand !== undefined)
}

function readSetting(line: ConfigLine, findings: Findings, active: Active): void {
  const { keyword, place } = line
  const { values, places } = findings
  const list = { identityfile: findings.identityFiles, certificatefile: findings.certificateFiles }[keyword]
  if (list) {
    const file = wordOf(line)
    if (active) list.add(file)
    if (active && !places.has(file)) places.set(file, place)
  } else if (keyword === 'ignoreunknown') {
    if (active) findings.ignoredUnknown.push(...wordOf(line).toLowerCase().split(','))
  } else if (Object.hasOwn(readers, keyword)) {
    const value = readers[keyword as keyof Values](line)
    // `none` for a time leaves it open, as with OpenSSH.
    if (!active || value === undefined) return
    if (keyword === 'hostname' && findings.finalHost !== undefined) return
    if (active === 'alias' && keyword === 'hostname') findings.aliasHostName ??= { value: String(value), place }
    else if (!isDecided(keyword, values)) {
      Object.assign(values, { [keyword]: value })
      for (const text of [value].flat()) if (typeof text === 'string' && !places.has(text)) places.set(text, place)
      if (Object.hasOwn(algorithmLists, keyword)) noteAlgorithms(keyword, String(value), place, findings)
    }
  } else if (active) noteIgnored(line, findings)
}

// A limit is followed; it is told where host and toolkit have nothing in common.
function noteAlgorithms(keyword: string, value: string, place: Place, { ignored }: Findings): void {
  const effect = /^[+^]/.test(value) ? 'is not supported' : 'limits what is offered'
  ignored.set(keyword, {
    matter: 'key exchange',
    keyword,
    value,
    text: `${keyword} ${value} in ssh_config ${effect} (${placeText(place)})`,
  })
}

function noteIgnored({ keyword, words, rest, place }: ConfigLine, { ignored, ignoredUnknown }: Findings): void {
  const matter = matterOf(keyword, words.join(' '))
  if (matter === 'refused') {
    throw new SshConfigProblem(
      keyword === 'refuseconnection'
        ? `${keyword} ${rest}`
        : `${keyword} is not supported, and to pass over it would be unsafe`,
      place,
    )
  }
  if (matter === 'unknown') {
    if (matchesPatterns(ignoredUnknown, keyword)) return
    const text = `${keyword} in ssh_config is not known (${placeText(place)})`
    if (!ignored.has(keyword)) ignored.set(keyword, { matter: 'always', keyword, value: rest, text })
  } else if (matter && !ignored.has(keyword)) {
    const text = `${keyword} ${rest} in ssh_config is not supported (${placeText(place)})`
    ignored.set(keyword, { matter, keyword, value: rest, text })
  }
}

/** Where to connect, as known so far. */
function hostIn({ values: { hostname }, places, finalHost }: Findings, { host, given = {} }: SshConfigQuery): string {
  const found = finalHost ?? given.hostName
  if (found !== undefined || hostname === undefined) return found ?? host
  return located(places.get(hostname), () => expandTokens(hostname, { h: host }))
}

function subjectIn(findings: Findings, query: SshConfigQuery): TokenSubject {
  const { values } = findings
  const { given = {}, environment } = query
  const jump = values.proxyjump
  return {
    address: query.host,
    host: hostIn(findings, query),
    port: given.port ?? values.port ?? 22,
    user: given.user ?? values.user ?? environment.user,
    hostKeyAlias: given.hostKeyAlias ?? values.hostkeyalias,
    jumpHost: jump === undefined || isNone(jump) ? undefined : parseHops(jump).at(-1)?.host,
  }
}

// Here %k is the host name where no alias is set, elsewhere the address.
function execTokens(subject: TokenSubject, environment: SshEnvironment): Tokens {
  return tokensOf({ ...subject, hostKeyAlias: subject.hostKeyAlias ?? subject.host }, environment)
}

function limitsIn(values: Values): AlgorithmLimits | undefined {
  const limits = Object.keys(algorithmLists).filter((keyword) => Object.hasOwn(values, keyword))
  return limits.length === 0
    ? undefined
    : Object.fromEntries(limits.map((keyword) => [keyword, values[keyword as 'macs']]))
}

function configOf(findings: Findings, query: SshConfigQuery): SshConfig {
  const { values, identityFiles, certificateFiles, places, ignored, aliasHostName } = findings
  const isPassedOver =
    aliasHostName &&
    values.hostname === undefined &&
    query.given?.hostName === undefined &&
    aliasHostName.value !== query.host
  const passedOver: readonly IgnoredSetting[] = isPassedOver
    ? [
        {
          matter: 'always',
          keyword: 'hostname',
          value: aliasHostName.value,
          text: `HostName ${aliasHostName.value} of ${query.alias} in ssh_config is not used, because the inventory gives the address ${query.host} (${placeText(aliasHostName.place)}); to connect there, set hostName in the inventory`,
        },
      ]
    : []
  return {
    identityFiles: [...identityFiles],
    certificateFiles: [...certificateFiles],
    ...definedOnly({
      hostName: values.hostname === undefined ? undefined : hostIn(findings, query),
      port: values.port,
      user: values.user,
      identitiesOnly: values.identitiesonly,
      identityAgent: values.identityagent,
      proxyJump: values.proxyjump,
      proxyCommand: values.proxycommand,
      userKnownHostsFiles: values.userknownhostsfile,
      globalKnownHostsFiles: values.globalknownhostsfile,
      hashKnownHosts: values.hashknownhosts,
      hostKeyChecking: values.stricthostkeychecking,
      hostKeyAlias: values.hostkeyalias?.toLowerCase(),
      connectTimeoutSeconds: values.connecttimeout,
      serverAliveIntervalSeconds: values.serveraliveinterval,
      algorithmLimits: limitsIn(values),
    }),
    places,
    ignored: [...passedOver, ...ignored.values()],
  }
}

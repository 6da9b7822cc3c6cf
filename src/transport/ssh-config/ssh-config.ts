/** ssh_config as data: text in, the settings of one host out. The first value found stands, as in OpenSSH. */

import { matchesPatterns } from './patterns.ts'

/** What ssh_config says of a host, in the words of the file; tokens and `~` are not expanded yet. */
export interface SshConfig {
  readonly hostName?: string
  readonly port?: number
  readonly user?: string
  readonly identityFiles: readonly string[]
  readonly identitiesOnly?: boolean
  readonly identityAgent?: string
  /** `none` stays as it is: it cancels a later one. */
  readonly proxyJump?: string
  readonly proxyCommand?: string
  readonly userKnownHostsFiles?: readonly string[]
  readonly globalKnownHostsFiles?: readonly string[]
  readonly strictHostKeyChecking?: string
  readonly hostKeyAlias?: string
  readonly connectTimeoutSeconds?: number
  readonly serverAliveIntervalSeconds?: number
}

/** What the configuration is read for, and how to get at what it includes. */
export interface SshConfigQuery {
  /** The address in the inventory, as it would stand on ssh's command line. */
  readonly host: string
  /** The user in the inventory. */
  readonly user?: string
  /** The one who runs the toolkit. */
  readonly localUser: string
  /** The texts of the files that an Include names, in order; `from` is the position of the text it stands in or below. */
  include(pattern: string, from: number): readonly string[]
}

/** A file that OpenSSH would refuse as well. */
export class SshConfigProblem extends Error {}

// An Include that includes itself ends here, as in OpenSSH.
const deepestInclude = 16

// Of these two the first found decides.
const rivals = new Map([
  ['proxyjump', 'proxycommand'],
  ['proxycommand', 'proxyjump'],
])

/** The settings for a host from the texts of configuration files, of which earlier ones take precedence. */
export function readSshConfig(texts: readonly string[], query: SshConfigQuery): SshConfig {
  const found = new Map<string, readonly string[]>()
  const identityFiles: string[] = []

  const read = (text: string, from: number, depth: number) => {
    if (depth > deepestInclude) throw new SshConfigProblem('Include goes too deep')
    let applies = true
    for (const [keyword, rest] of linesOf(text)) {
      const words = keyword === 'proxycommand' ? [rest] : wordsOf(rest)
      if (words.length === 0) throw new SshConfigProblem(`${keyword} has no value`)
      if (keyword === 'host') applies = matchesPatterns(words, query.host)
      else if (keyword === 'match') applies = matches(words, query, found)
      else if (!applies) continue
      else if (keyword === 'include') {
        for (const pattern of words)
          for (const included of query.include(pattern, from)) read(included, from, depth + 1)
      } else if (keyword === 'identityfile')
        identityFiles.push(...words.filter((file) => !identityFiles.includes(file)))
      else if (!found.has(keyword) && !found.has(rivals.get(keyword) ?? keyword)) found.set(keyword, words)
    }
  }
  texts.forEach((text, from) => {
    read(text, from, 0)
  })

  const word = (keyword: string) => found.get(keyword)?.[0]
  const settings = {
    hostName: word('hostname')?.replace(
      /%(.)/g,
      (token, letter) => ({ h: query.host, '%': '%' })[letter as 'h'] ?? token,
    ),
    port: numberOf('port', word('port')),
    user: word('user'),
    identitiesOnly: word('identitiesonly') === undefined ? undefined : word('identitiesonly') === 'yes',
    identityAgent: word('identityagent'),
    proxyJump: word('proxyjump'),
    proxyCommand: word('proxycommand'),
    userKnownHostsFiles: found.get('userknownhostsfile'),
    globalKnownHostsFiles: found.get('globalknownhostsfile'),
    strictHostKeyChecking: word('stricthostkeychecking')?.toLowerCase(),
    hostKeyAlias: word('hostkeyalias'),
    connectTimeoutSeconds: numberOf('connecttimeout', word('connecttimeout')),
    serverAliveIntervalSeconds: numberOf('serveraliveinterval', word('serveraliveinterval')),
  }
  const set = Object.entries(settings).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(set) as Omit<SshConfig, 'identityFiles'>), identityFiles }
}

function* linesOf(text: string): Iterable<[keyword: string, rest: string]> {
  for (const line of text.split(/\r?\n/)) {
    const [, keyword, rest = ''] = /^\s*([^\s=#]+)(?:\s*=\s*|\s+|$)(.*?)\s*$/.exec(line) ?? []
    if (keyword !== undefined) yield [keyword.toLowerCase(), rest]
  }
}

/** Words as OpenSSH splits them: quotes hold together, a backslash takes the next quote, backslash or blank as it is. */
function wordsOf(text: string): string[] {
  const words: string[] = []
  const token = /\s*(?:#.*$|((?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'#]|(?<=\S)#)+))/gy
  for (let match = token.exec(text); match?.[0]; match = token.exec(text)) {
    if (match[1] !== undefined) words.push(unquote(match[1]))
    if (token.lastIndex >= text.trimEnd().length) return words
  }
  if (text.trim() !== '') throw new SshConfigProblem(`a quote is not closed: ${text}`)
  return words
}

function unquote(word: string): string {
  return word.replace(/"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\(["'\\ ])/g, (_, double, single, escaped) => {
    const inner: string | undefined = double ?? single
    return inner === undefined ? escaped : inner.replace(/\\(["'\\])/g, '$1')
  })
}

/** Only what can be told without running a command: all, host, originalhost, user, localuser. Others do not match. */
function matches(
  words: readonly string[],
  query: SshConfigQuery,
  found: ReadonlyMap<string, readonly string[]>,
): boolean {
  const subjects = new Map([
    ['host', found.get('hostname')?.[0] ?? query.host],
    ['originalhost', query.host],
    ['user', query.user ?? found.get('user')?.[0] ?? query.localUser],
    ['localuser', query.localUser],
  ])
  let result = true
  for (let index = 0; index < words.length; index++) {
    const [, negation, criterion = ''] = /^(!?)(.*)$/.exec((words[index] as string).toLowerCase()) ?? []
    if (criterion === 'all') continue
    const subject = subjects.get(criterion)
    if (subject === undefined) return false
    const patterns = words[++index]
    if (patterns === undefined) throw new SshConfigProblem(`Match ${criterion} has no value`)
    if (matchesPatterns(patterns.split(','), subject) === (negation === '!')) result = false
  }
  return result
}

function numberOf(keyword: string, text: string | undefined): number | undefined {
  if (text === undefined || text === 'none') return undefined
  if (!/^\d+$/.test(text)) throw new SshConfigProblem(`${keyword} is not a number: ${text}`)
  return Number(text)
}

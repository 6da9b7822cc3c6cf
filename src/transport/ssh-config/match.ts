/** Host and Match: which connections a block of ssh_config is for. */

import { type ConfigLine, located, SshConfigProblem } from './config-lines.ts'
import { matchesPatterns } from './patterns.ts'
import { expandTokens, type Tokens } from './tokens.ts'

/** What the criteria of a block see of a connection. */
export interface MatchSubject {
  /** The names that a person would have typed. */
  readonly originalHosts: readonly string[]
  /** Where to connect, as known so far. */
  readonly host: string
  readonly user: string
  readonly localUser: string
  readonly tag: string
  /** Whether this is the second reading, which `Match final` asks for. */
  readonly isFinal: boolean
  readonly tokens: Tokens
  /** Runs a command of `Match exec` and tells whether it succeeded. */
  run(command: string): boolean
}

/** Whether a block is for a connection, and whether it asks for the second reading. */
export interface MatchResult {
  readonly matches: boolean
  readonly wantsFinal: boolean
}

/** Judges `Match`. As with OpenSSH, all criteria must hold; a command runs only if those before it do. */
export function judgeMatch(line: ConfigLine, subject: MatchSubject): MatchResult {
  const criteria = criteriaOf(line)
  const wantsFinal = criteria.some(({ name, isNegated }) => name === 'final' && !isNegated)
  let unsupported: string | undefined
  let matches = true
  for (const criterion of criteria) {
    const holds = judge(criterion, subject, matches, line)
    if (holds === undefined) unsupported ??= criterion.name
    else if (holds === criterion.isNegated) matches = false
  }
  // Where other criteria decide, it does not matter.
  if (matches && unsupported) throw new SshConfigProblem(`Match ${unsupported} is not supported`, line.place)
  return { matches, wantsFinal }
}

interface Criterion {
  readonly name: string
  readonly isNegated: boolean
  readonly value: string
}

const withoutValue = ['all', 'canonical', 'final']
const unsupportedNames = ['command', 'localnetwork', 'version']
const valueMayBeEmpty = ['command', 'tagged']

function criteriaOf({ words, place }: ConfigLine): Criterion[] {
  const problem = (reason: string) => new SshConfigProblem(reason, place)
  const criteria: Criterion[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, negation = '', name = '', glued] = /^(!?)([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const criterion = name.toLowerCase()
    const hasValue = !withoutValue.includes(criterion)
    const value = hasValue ? (glued ?? rest.shift()) : ''
    if (value === undefined || (value === '' && hasValue && !valueMayBeEmpty.includes(criterion)))
      throw problem(`Match ${criterion} has no value`)
    criteria.push({ name: criterion, isNegated: negation === '!', value })
    if (criterion === 'all' && (criteria.length > 2 || rest.length > 0))
      throw problem('Match all cannot be combined with other criteria')
  }
  return criteria
}

/** Whether a criterion holds, before its negation; undefined for one that this toolkit cannot judge. */
function judge(
  { name, value }: Criterion,
  subject: MatchSubject,
  isStillNeeded: boolean,
  { place }: ConfigLine,
): boolean | undefined {
  const matches = (...texts: readonly string[]) => matchesPatterns(value.split(','), ...texts)
  const matchesHost = (...hosts: readonly string[]) =>
    matchesPatterns(value.toLowerCase().split(','), ...hosts.map((host) => host.toLowerCase()))
  switch (name) {
    case 'all':
      return true
    case 'canonical':
    case 'final':
      return subject.isFinal
    case 'host':
      return matchesHost(subject.host)
    case 'originalhost':
      return matchesHost(...subject.originalHosts)
    case 'user':
      return matches(subject.user)
    case 'localuser':
      return matches(subject.localUser)
    case 'tagged':
      return subject.tag === '' ? value === '' : matches(subject.tag)
    case 'sessiontype':
      return matches('exec')
    case 'exec': {
      const command = located(place, () => expandTokens(value, subject.tokens))
      return isStillNeeded && subject.run(command)
    }
  }
  if (unsupportedNames.includes(name)) return undefined
  throw new SshConfigProblem(`Match has no criterion ${name}`, place)
}

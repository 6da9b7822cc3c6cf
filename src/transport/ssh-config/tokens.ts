/** Tokens of ssh_config: what `%h`, `${HOME}` and `~` stand for. Pure. */

import { createHash } from 'node:crypto'
import { SshConfigProblem } from './config-lines.ts'
import { expandHome, type SshEnvironment } from './ssh-environment.ts'

/** What each letter after a percent sign stands for. */
export type Tokens = Readonly<Record<string, string>>

/** A connection, as tokens tell of it. */
export interface TokenSubject {
  /** The address in the inventory. */
  readonly address: string
  /** Where to connect. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly hostKeyAlias: string | undefined
  /** The last bastion. */
  readonly jumpHost: string | undefined
}

/** The tokens of file names and of `Match exec`. */
export function tokensOf(subject: TokenSubject, { home, user, uid, localHost }: SshEnvironment): Tokens {
  const { host, port, user: remoteUser, jumpHost = '' } = subject
  const connection = `${localHost}${host}${port}${remoteUser}${jumpHost}`
  return {
    ...proxyTokensOf(subject),
    C: createHash('sha1').update(connection).digest('hex'),
    L: localHost.replace(/\..*$/, ''),
    d: home,
    i: String(uid),
    j: jumpHost,
    l: localHost,
    u: user,
  }
}

/** The tokens of ProxyCommand and ProxyJump. */
export function proxyTokensOf({ address, host, port, user, hostKeyAlias }: TokenSubject): Tokens {
  return { h: host, k: hostKeyAlias ?? address, n: address, p: String(port), r: user }
}

/** `text` with its tokens replaced; an unknown one is a problem, as with OpenSSH. */
export function expandTokens(text: string, tokens: Tokens): string {
  return text.replace(/%(.?)/gs, (token, letter: string) => tokenValue(token, letter, tokens))
}

/** `text` with its tokens and `${VARIABLE}` replaced. */
export function expandText(text: string, tokens: Tokens, environment: SshEnvironment): string {
  return text.replace(/%(.?)|\$\{([^}]*)(\}?)/gs, (token, letter, name, end) =>
    name === undefined ? tokenValue(token, letter, tokens) : variableValue(name, end, environment),
  )
}

/** `path` with `~`, tokens and `${VARIABLE}` replaced. */
export function expandPath(path: string, tokens: Tokens, environment: SshEnvironment): string {
  const [, other = environment.user] = /^~([^/]+)/.exec(path) ?? []
  if (other !== environment.user) throw new SshConfigProblem(`the home of another user, ~${other}, is not supported`)
  return expandText(expandHome(path.replace(/^~[^/]+/, '~'), environment), tokens, environment)
}

function tokenValue(token: string, letter: string, tokens: Tokens): string {
  if (letter === '%') return '%'
  if (Object.hasOwn(tokens, letter)) return tokens[letter] as string
  throw new SshConfigProblem(`${token} is no token that can stand here`)
}

function variableValue(name: string, end: string, { variables }: SshEnvironment): string {
  if (end === '' || name === '') throw new SshConfigProblem(`\${${name}${end} is no variable`)
  const value = variables[name]
  if (value === undefined) throw new SshConfigProblem(`the variable \${${name}} is not set`)
  return value
}

/** The values of ssh_config: each reader takes a line and refuses what OpenSSH refuses. */

import { type ConfigLine, SshConfigProblem } from './config-lines.ts'

/** Exactly one word. */
export function wordOf({ keyword, words, place }: ConfigLine): string {
  const [word, ...others] = words
  if (!word) throw new SshConfigProblem(`${keyword} has no value`, place)
  if (others.length > 0) throw new SshConfigProblem(`${keyword} takes one value: ${words.join(' ')}`, place)
  return word
}

/** Names of files; `none` stands alone. */
export function filesOf({ keyword, words, place }: ConfigLine): readonly string[] {
  if (words.length === 0 || words.includes('')) throw new SshConfigProblem(`${keyword} has no value`, place)
  if (words.length > 1 && words.some(isNone)) throw new SshConfigProblem(`${keyword}: none must stand alone`, place)
  return words
}

/** The rest of the line, quotes and all. */
export function commandOf({ keyword, rest, place }: ConfigLine): string {
  const command = rest.replace(/^[ \t=]+/, '')
  if (command === '') throw new SshConfigProblem(`${keyword} has no value`, place)
  return command
}

/** The bastions of a ProxyJump, up to a comment. */
export function jumpOf(line: ConfigLine): string {
  const jump = commandOf(line).replace(/[ \t]*#.*$/, '')
  if (jump === '') throw new SshConfigProblem(`${line.keyword} has no value`, line.place)
  return jump
}

/** A TCP port. */
export function portOf(line: ConfigLine): number {
  const word = wordOf(line)
  const port = /^\d+$/.test(word) ? Number(word) : 0
  if (port < 1 || port > 65_535) throw new SshConfigProblem(`${line.keyword} is no port: ${word}`, line.place)
  return port
}

/** The value of a word among a few, in any case. */
export function oneOf<T>(values: Readonly<Record<string, T>>): (line: ConfigLine) => T {
  return (line) => {
    const word = wordOf(line)
    const name = word.toLowerCase()
    if (Object.hasOwn(values, name)) return values[name] as T
    throw new SshConfigProblem(`${line.keyword} is none of ${Object.keys(values).join(', ')}: ${word}`, line.place)
  }
}

/** Yes or no. */
export const flagOf = oneOf({ yes: true, true: true, no: false, false: false })

const secondsOfUnit: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const mostSeconds = 2 ** 31 - 1

/** Seconds: `90`, `1m30s`, `2h`; undefined for `none`. */
export function secondsOf(line: ConfigLine): number | undefined {
  const word = wordOf(line)
  if (word === 'none') return undefined
  const parts = [...word.matchAll(/(\d+)([smhdw]?)/gi)]
  const seconds = parts.reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (secondsOfUnit[unit.toLowerCase()] ?? 0),
    0,
  )
  const isWhole = word !== '' && parts.map(([part]) => part).join('') === word
  if (!isWhole || seconds > mostSeconds) throw new SshConfigProblem(`${line.keyword} is no time: ${word}`, line.place)
  return seconds
}

/** The socket of an agent: a path, or `$NAME` for a variable that holds one. */
export function agentOf(line: ConfigLine): string {
  const word = wordOf(line)
  if (/^\$(?!\{)/.test(word) && !/^\$[a-z_]\w*$/i.test(word)) {
    throw new SshConfigProblem(`${line.keyword} names no variable: ${word}`, line.place)
  }
  return word
}

/** Whether a value takes something away. */
export function isNone(value: string): boolean {
  return value.toLowerCase() === 'none'
}

/** The lines of ssh_config: each a keyword and its words, split as OpenSSH splits them. */

/** Where something stands. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** A line that says something. */
export interface ConfigLine {
  /** In lower case. */
  readonly keyword: string
  readonly words: readonly string[]
  /** What follows the keyword, as it stands. */
  readonly rest: string
  readonly place: Place
}

/** A text and the file it stands in. */
export interface ConfigText {
  readonly text: string
  readonly file: string
}

/** What OpenSSH would refuse as well, or what this toolkit cannot follow. */
export class SshConfigProblem extends Error {
  readonly place: Place | undefined

  constructor(reason: string, place?: Place) {
    super(place ? `${reason} (${placeText(place)})` : reason)
    this.place = place
  }
}

/** Adds to a problem of `work` where it stands, unless it says so itself. */
export function located<T>(place: Place | undefined, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (place && thrown instanceof SshConfigProblem && !thrown.place) throw new SshConfigProblem(thrown.message, place)
    throw thrown
  }
}

/** `file:line`. */
export function placeText({ file, line }: Place): string {
  return `${file}:${line}`
}

/** The lines of `text` without comments. */
export function* configLines({ text, file }: ConfigText): Iterable<ConfigLine> {
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.replace(/^[ \t\r]+|[ \t\r\f]+$/g, '')
    if (content === '' || content.startsWith('#')) continue
    const place = { file, line: index + 1 }
    const [, quoted, plain, rest = ''] =
      /^(?:"([^"]+)"|([^ \t\r="]+))(?:[ \t\r]*=[ \t\r]*|[ \t\r]+|$)(.*)$/.exec(content) ?? []
    const keyword = (quoted ?? plain)?.toLowerCase()
    if (keyword === undefined) throw new SshConfigProblem(`the line has no keyword: ${content}`, place)
    if (rest === '') throw new SshConfigProblem(`${keyword} has no value`, place)
    yield { keyword, words: splitWords(rest, place), rest, place }
  }
}

/** Words as `argv_split` of OpenSSH makes them: quotes hold together, a backslash takes some characters as they are. */
function splitWords(text: string, place: Place): string[] {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    const next = text.charAt(at + 1)
    const isBlank = character === ' ' || character === '\t'
    if (word === undefined && isBlank) continue
    if (word === undefined && character === '#') break
    word ??= ''
    if (character === '\\' && (/['"\\]/.test(next) || (quote === '' && next === ' '))) {
      word += next
      at++
    } else if (quote === '' && isBlank) {
      words.push(word)
      word = undefined
    } else if (quote === '' && (character === '"' || character === "'")) quote = character
    else if (character === quote) quote = ''
    else word += character
  }
  if (quote !== '') throw new SshConfigProblem(`a quote is not closed: ${text}`, place)
  return word === undefined ? words : [...words, word]
}

/** Words and values as Ansible's INI inventories write them. */

/** Splits a line as a shell would, up to a comment; undefined where a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = []
  const token = /\s+|#.*|((?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)/gy
  let position = 0
  for (let match = token.exec(line); match; match = token.exec(line)) {
    position = token.lastIndex
    if (match[1] !== undefined) words.push(unquoted(match[1]))
  }
  return position === line.length ? words : undefined
}

function unquoted(word: string): string {
  return word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/g, (_, double, single, escaped) =>
    double === undefined ? (single ?? escaped) : double.replace(/\\(["\\])/g, '$1'),
  )
}

const words: Readonly<Record<string, unknown>> = { True: true, False: false, None: null }

/** A value: what Python takes for a literal, else the text. */
export function parseValue(text: string): unknown {
  if (text in words) return words[text]
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text)
  const quoted = /^(["'])((?:(?!\1)[^\\])*)\1$/.exec(text)
  if (quoted) return quoted[2]
  if (/^[[{].*[\]}]$/.test(text)) return listOrDictionary(text) ?? text
  return text
}

// JSON but for its quotes and three words; what does not come out as JSON stays the text it is.
function listOrDictionary(text: string): unknown {
  const json = text.replace(/'((?:\\.|[^'\\])*)'|"(?:\\.|[^"\\])*"|\b(True|False|None)\b/g, (whole, single, word) => {
    if (single !== undefined) return JSON.stringify(single)
    return word === undefined ? whole : JSON.stringify(words[word])
  })
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

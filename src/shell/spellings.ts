/** The spellings in which programs print a value: as it is, escaped for JSON, URLs, SQL, HTML and the shell, in base64, in hexadecimal. */

/** All spellings of `value`, and of each of its lines those that keep lines apart. */
export function spellingsOf(value: string): Set<string> {
  // The frame of a PEM file is no secret, and stands around public keys too.
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  const own = lines.filter((line) => !/^-----(BEGIN|END) [A-Z0-9 ]+-----$/.test(line))
  return new Set([value, value.trim(), ...own].flatMap(escaped).concat(base64(value.trim())))
}

function escaped(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1)
  return [
    value,
    json,
    // As programs write it that keep JSON in ASCII, or guard it against HTML.
    json.replaceAll(/[^ -~]/g, unicodeEscape),
    json.replaceAll('/', '\\/'),
    value.replaceAll("'", `'\\''`),
    // As SQL and YAML quote it, and as HTML does.
    value.replaceAll("'", "''"),
    value.replaceAll(/[&<>"']/g, (sign) => entities.get(sign) ?? sign),
    ...urlEncoded(value),
  ]
}

const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function urlEncoded(value: string): string[] {
  const usual = encodeURIComponent(value.toWellFormed())
  const strict = usual.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [usual, strict, usual.replaceAll('%20', '+'), strict.replaceAll('%20', '+')]
  return [...forms, ...forms.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))]
}

// A text that holds the value, such as `user:password`, is another in base64, depending on what stands before: of the
// three alignments, what the value alone decides.
function base64(value: string): string[] {
  const bytes = Buffer.from(value)
  const plain = bytes.toString('base64').replaceAll('=', '')
  const aligned = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3))
  })
  const forms = [plain, ...aligned, ...wrapped(plain, 64), ...wrapped(plain, 76)]
  return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))]
}

/** Whether a text may hold bytes in hexadecimal: most hold none, and need not be searched for them. */
export function mayHoldHexadecimal(text: string): boolean {
  return /(?:(?:\\x)?[\da-f]{2}[ :-]?){4}/i.test(text)
}

/** `value` in hexadecimal as `xxd -p`, `od -t x1`, HEX() of SQL and traces of programs print bytes. */
export function hexadecimalOf(value: string): string[] {
  const plain = Buffer.from(value.trim()).toString('hex')
  const pairs = plain.match(/../g) ?? []
  const forms = [
    plain,
    ...wrapped(plain, 60),
    ...[' ', ':', '-', '\\x'].map((between) => pairs.join(between)),
    (plain.match(/.{1,4}/g) ?? []).join(' '),
  ]
  return [...forms, ...forms.map((form) => form.toUpperCase().replaceAll('\\X', '\\x'))]
}

const shortestPiece = 8

/** The lines of a long text, except a last one that says little. */
function wrapped(text: string, width: number): string[] {
  const pieces = Array.from({ length: Math.ceil(text.length / width) }, (_, row) =>
    text.slice(row * width, (row + 1) * width),
  )
  return pieces.length < 2 ? [] : pieces.filter(({ length }) => length >= shortestPiece)
}

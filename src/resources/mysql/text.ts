/** Text of SQL: literals and names on the way to a server, fields of its answers on the way back. */

/** A literal. What is put into one is checked before: a backslash would depend on the server's mode. */
export function sqlText(text: string): string {
  if (/[\\\0]/.test(text)) throw new TypeError('A literal of SQL cannot hold a backslash or NUL here')
  return `'${text.replaceAll("'", "''")}'`
}

/** The name of a database, a table, a column. */
export function sqlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** An account: `'app'@'%'`. */
export function sqlAccount({ name, host }: { readonly name: string; readonly host: string }): string {
  return `${sqlText(name)}@${sqlText(host)}`
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '0': '\0' }

/** The fields of the lines that a client prints with `--batch`. */
export function fieldsOf(output: Buffer): string[][] {
  const lines = output.toString().split('\n').slice(0, -1)
  return lines.map((line) => line.split('\t').map(unescaped))
}

function unescaped(field: string): string {
  return field.replaceAll(/\\(.)/g, (_all, sign: string) => escapes[sign] ?? sign)
}

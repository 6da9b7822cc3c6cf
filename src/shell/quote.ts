/** Quoting for POSIX sh: any text becomes exactly one word. */

const bareWord = /^[A-Za-z0-9_@%+=:,./-]+$/

/** `text` as one word of POSIX sh. Throws a `TypeError` for a NUL character, which no argument can hold. */
export function quote(text: string): string {
  if (text.includes('\0')) throw new TypeError('A shell word cannot hold a NUL character')
  return bareWord.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

/** Line ends of values that come from files, pipes and editors. */

/** A single line without its end; of several lines all is kept, because a key file needs its last line end. */
export function withoutLineEnd(text: string): string {
  const bare = text.replace(/\r?\n$/, '')
  return bare.includes('\n') ? text : bare
}

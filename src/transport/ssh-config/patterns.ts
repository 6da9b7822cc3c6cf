/** Patterns as OpenSSH writes them in its configuration and in known_hosts: `*`, `?`, and `!` to leave out. */

/** Whether `text` matches one pattern without a leading `!`. */
function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll(/\*+/g, '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** Whether one of `texts` matches one of `patterns`, and none matches one with a leading `!`. Case matters. */
export function matchesPatterns(patterns: readonly string[], ...texts: readonly string[]): boolean {
  const isNegated = (pattern: string) => pattern.startsWith('!')
  const matchesAny = (pattern: string) => texts.some((text) => matchesPattern(pattern, text))
  if (patterns.some((pattern) => isNegated(pattern) && matchesAny(pattern.slice(1)))) return false
  return patterns.some((pattern) => !isNegated(pattern) && matchesAny(pattern))
}

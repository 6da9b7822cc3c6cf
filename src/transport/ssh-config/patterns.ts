/** Patterns as OpenSSH writes them in its configuration and in known_hosts: `*`, `?`, and `!` to leave out. */

/** Whether `text` matches one pattern without a leading `!`. Case does not matter. */
function matchesPattern(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'is').test(text)
}

/** Whether `text` matches one of `patterns` and none of those with a leading `!`. */
export function matchesPatterns(patterns: readonly string[], text: string): boolean {
  const isNegated = (pattern: string) => pattern.startsWith('!')
  if (patterns.some((pattern) => isNegated(pattern) && matchesPattern(pattern.slice(1), text))) return false
  return patterns.some((pattern) => !isNegated(pattern) && matchesPattern(pattern, text))
}

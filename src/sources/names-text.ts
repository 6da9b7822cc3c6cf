/** The names of a few hosts, the number of many. */

const mostNames = 3

/** `web1, web2, web3 and 4 more`. */
export function namesText(names: readonly string[]): string {
  const others = names.length - mostNames
  return `${names.slice(0, mostNames).join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}

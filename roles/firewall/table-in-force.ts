/** The resource `tableInForce`: the rules that the kernel goes by, compared with those of a file. */

import { type Change, defineQuery, defineResource, sh, Unavailable, z } from 'foobar-deploy'
import { table } from './rules.ts'

/** What the kernel says. */
type Answer =
  | { readonly kind: 'no-program' }
  | { readonly kind: 'no-namespace' }
  | { readonly kind: 'absent' }
  /** The rules in force, and what the wanted ones look like in force; undefined where that cannot be told. */
  | { readonly kind: 'there'; readonly now: string; readonly wanted: string | undefined }

/**
 * Asks for the table, and what `rules` would make of it: nft lists rules in words of its own, so they are loaded into a
 * network namespace that nobody else sees and that ends with the question.
 */
const tables = defineQuery<string, Answer>({
  name: 'nft-table',
  key: (rules) => rules,
  maxOperands: 1,
  script: ([rules = '']) =>
    sh`PATH=$PATH:/usr/sbin:/sbin LC_ALL=C
command -v nft >/dev/null || { echo no-program; exit 0; }
now=$(nft -s list table ${table.split(' ')} 2>/dev/null) || { echo absent; exit 0; }
wanted=$(printf %s ${rules} | unshare -n sh -c ${`nft -f - && nft -s list table ${table}`} 2>/dev/null) || wanted=?
[ "$wanted" != ? ] || unshare -n true 2>/dev/null || { echo no-namespace; exit 0; }
printf 'there\\n%s\\n--\\n%s\\n' "$now" "$wanted"`.script,
  parse: ({ stdout }) => {
    const [kind = '', ...rest] = stdout.toString().trimEnd().split('\n')
    if (kind === 'absent' || kind === 'no-namespace') return [{ kind }]
    if (kind !== 'there') return [{ kind: 'no-program' }]
    const [now = '', wanted = ''] = rest.join('\n').split('\n--\n')
    return [{ kind: 'there', now, wanted: wanted === '?' ? undefined : wanted }]
  },
})

const schema = z.strictObject({
  /** The file that is loaded. */
  path: z.string(),
  /** What it holds. */
  rules: z.string(),
})

/**
 * The table as its file makes it. Where somebody flushed it, or added or removed a rule by hand, it is loaded again, in one
 * transaction: packets see the old rules or the new ones.
 */
export const tableInForce = defineResource({
  type: 'tableInForce',
  schema,
  id: () => table,
  read: ({ rules }) => ({ answer: tables(rules) }),
  parse: ({ answer }) => {
    if (answer.kind === 'no-program') {
      return new Unavailable('the host has no nft', "Add apt({ packages: ['nftables'] }) before this task.", [
        'program nft',
      ])
    }
    if (answer.kind === 'no-namespace') {
      return new Unavailable(
        'what is in force cannot be compared, because no network namespace can be made on this host',
        'In a container, that needs one that may make namespaces.',
      )
    }
    return answer
  },
  provides: () => [],
  diff: (state): Change[] => {
    if (state.kind === 'absent') return [{ key: 'table', from: null, to: 'in force' }]
    const { now, wanted } = state
    if (wanted === undefined) return [{ key: 'rules', from: 'in force', to: 'others, which this nft cannot load' }]
    if (now === wanted) return []
    const [had, has] = [linesOf(now), linesOf(wanted)]
    const gone = had.filter((line) => !has.includes(line))
    const come = has.filter((line) => !had.includes(line))
    return [{ key: 'rules', from: gone, to: gone.length + come.length > 0 ? come : ['the same, in another order'] }]
  },
  *apply(_changes, { path }) {
    yield sh`PATH=$PATH:/usr/sbin:/sbin; nft -f ${path}`
  },
})

function linesOf(listing: string): string[] {
  return listing
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '}')
}

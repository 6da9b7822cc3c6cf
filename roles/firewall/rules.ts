/** The rules of a host as nft reads them: its variables and what its roles open, as one transaction. */

import { isIPv4 } from 'node:net'
import { type Opening, render } from 'foobar-deploy'
import type { FirewallVariables } from './variables.ts'

/** The table; no other is touched. */
export const table = 'inet foobar_deploy'

interface AddressSet {
  readonly name: string
  readonly stem: string
  readonly type: 'ipv4_addr' | 'ipv6_addr'
  readonly elements: readonly string[]
}

interface Rules {
  readonly sets: AddressSet[]
  readonly lines: string[]
}

/** The file with the rules: it replaces the table as a whole, in one transaction. */
export function rulesOf(vars: FirewallVariables, openings: readonly Opening[]): string {
  const ssh = vars.sshPorts.map((port): Opening => ({ name: 'ssh', protocol: 'tcp', port, from: vars.sshFrom }))
  const { sets, lines } = rulesFor(withoutTwins([...ssh, ...vars.openings, ...openings]))
  const { answersPing, forwarding, extraRules, logDropped, logsPerMinute } = vars
  const known = { table, sets, lines, answersPing, forwarding, extraRules, logDropped, logsPerMinute }
  return String(render('./templates/rules.nft.ejs', known))
}

function rulesFor(openings: readonly Opening[]): Rules {
  const rules: Rules = { sets: [], lines: [] }
  for (const opening of openings) {
    const { name, from } = opening
    const what = `${matchOf(opening)} counter accept comment "${name.slice(0, 60)}"`
    if (from === 'anyone') {
      rules.lines.push(what)
      continue
    }
    const four = from.filter((address) => isIPv4(address.split('/')[0] ?? ''))
    const six = from.filter((address) => !four.includes(address))
    if (four.length > 0) rules.lines.push(`ip saddr @${setOf(rules.sets, name, 'ipv4_addr', four)} ${what}`)
    if (six.length > 0) rules.lines.push(`ip6 saddr @${setOf(rules.sets, name, 'ipv6_addr', six)} ${what}`)
  }
  return rules
}

// By number: not every host has /etc/protocols.
function matchOf({ protocol, port }: Opening): string {
  return protocol === 'vrrp' ? 'meta l4proto 112' : `${protocol} dport ${port}`
}

/** The name of a set with these elements for this name; one that is there already is taken. */
function setOf(sets: AddressSet[], name: string, type: AddressSet['type'], given: readonly string[]): string {
  const elements = [...new Set(given)].sort()
  // A prefix, because a name must not be a word of nft's own.
  const stem = `from_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}_${type === 'ipv4_addr' ? 4 : 6}`
  const namesakes = sets.filter((set) => set.stem === stem)
  const same = namesakes.find((set) => set.elements.join() === elements.join())
  if (same) return same.name
  const unique = namesakes.length === 0 ? stem : `${stem}_${namesakes.length + 1}`
  sets.push({ name: unique, stem, type, elements })
  return unique
}

function withoutTwins(openings: readonly Opening[]): Opening[] {
  const byText = new Map(
    openings.map(({ name, protocol, port, from }) => [
      JSON.stringify([name, protocol, port, from]),
      { name, protocol, port, from },
    ]),
  )
  return [...byText.values()] as Opening[]
}

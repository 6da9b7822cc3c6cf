/** The first round trip: the sections that bring all facts, the playbook's own included, and how they are read. */

import { FoobarDeployError, messageOf } from '../../errors.ts'
import type { AnyFact } from '../../model/fact.ts'
import type { ReadSection, SectionResult } from '../../protocol/section.ts'
import { factsScript } from './facts-script.ts'
import { type Gathered, parseFacts } from './parse-facts.ts'

/** What to read of a host before anything else. */
export function factSections(facts: readonly AnyFact[]): readonly ReadSection[] {
  return [factsScript, ...facts.map(({ script }) => script)].map((script) => ({ kind: 'read', script }))
}

/** Reads the results of {@link factSections}. */
export function readFacts(facts: readonly AnyFact[], results: readonly SectionResult[]): Gathered {
  const [first, ...own] = results
  const gathered = parseFacts(first?.stdout.toString() ?? '')
  const custom = Object.fromEntries(facts.map((fact, index) => [fact.name, readFact(fact, own[index])]))
  return { ...gathered, facts: { ...gathered.facts, custom } }
}

function readFact({ name, parse }: AnyFact, result: SectionResult | undefined): unknown {
  const { status, stdout, stderr } = result ?? {}
  if (status !== 0) {
    throw new FoobarDeployError('task', 'fact-failed', 'A fact of the playbook could not be gathered', {
      detail: `${name} ended with status ${status ?? 'unknown'}${stderr?.length ? `: ${stderr.toString().trim()}` : ''}`,
      hint: 'Its script must end with status 0 on every host; nothing was changed on this one.',
    })
  }
  try {
    return parse(stdout?.toString() ?? '')
  } catch (thrown) {
    throw new FoobarDeployError('task', 'fact-not-understood', 'A fact of the playbook could not be read', {
      detail: `${name}: ${messageOf(thrown)}; the host printed ${JSON.stringify(stdout?.toString().slice(0, 200))}`,
      cause: thrown,
    })
  }
}

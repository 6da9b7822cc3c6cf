/** `make faults`: a thousand faults, each on a host of its own, and what they found. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addOrigins, makeSources } from './fault-playbook.ts'
import { inject, type Outcome } from './inject.ts'
import { describeInjection, planInjections } from './injection.ts'
import { makeTemplate } from './namespace-host.ts'
import { makeReference } from './reference.ts'
import { addSshd } from './ssh-wire.ts'

const { FAULTS_SEED, FAULTS_COUNT = '1000', FAULTS_ONLY, FAULTS_FORKS = '6' } = process.env
const seed = Number(FAULTS_SEED ?? Date.now() % 1_000_000)
const only = FAULTS_ONLY?.split(',').map(Number)

const mostLines = only ? Number.POSITIVE_INFINITY : 6

const sources = mkdtempSync(join(tmpdir(), 'foobar-deploy-sources-'))
makeSources(sources)
const template = makeTemplate((root) => {
  addOrigins(root)
  addSshd(root, sources)
})
const started = performance.now()
const outcomes: Outcome[] = []
try {
  const reference = await makeReference(template, sources)
  const all = planInjections(seed, Number(FAULTS_COUNT), reference.counts)
  const planned = only ? all.filter(({ index }) => only.includes(index)) : all
  console.log(`faults: seed ${seed}, ${planned.length} injections, ${JSON.stringify(reference.counts)}`)
  const waiting = [...planned]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const outcome = await inject(next, reference, seed)
      outcomes.push(outcome)
      if (outcome.violations.length > 0 || only) tell(outcome)
      if (outcomes.length % 100 === 0) console.log(`faults: ${outcomes.length} of ${planned.length}`)
    }
  }
  await Promise.all(Array.from({ length: Number(FAULTS_FORKS) }, worker))
} finally {
  template.remove()
  rmSync(sources, { recursive: true, force: true })
}
table()
process.exit(outcomes.some(({ violations }) => violations.length > 0) ? 1 : 0)

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function tell({ injection, violations, durationMs, ending, hasStruck }: Outcome): void {
  console.log(
    `${describeInjection(injection)} (${Math.round(durationMs)} ms${hasStruck ? '' : ', its moment never came'}): ${ending}`,
  )
  for (const violation of violations.slice(0, mostLines)) console.log(`  ${shortened(violation)}`)
  if (violations.length > mostLines) console.log(`  and ${violations.length - mostLines} more`)
  console.log(`  repeat: make faults FAULTS_SEED=${seed} FAULTS_COUNT=${FAULTS_COUNT} FAULTS_ONLY=${injection.index}`)
}

function table(): void {
  const kinds = Map.groupBy(outcomes, ({ injection: { via, fault } }) => `${fault.kind} (${via})`)
  const rows = [...kinds]
    .sort(([one], [two]) => (one < two ? -1 : 1))
    .map(([kind, members]) => [
      kind,
      `${members.length}`,
      `${members.filter(({ hasStruck }) => hasStruck).length}`,
      `${members.filter(({ violations }) => violations.length > 0).length}`,
      `${Math.max(...members.map(({ durationMs }) => Math.round(durationMs)))}`,
    ])
  const header = ['fault', 'injections', 'struck', 'violations', 'longest ms']
  for (const row of [header, ...rows])
    console.log(row.map((cell, index) => (index === 0 ? cell.padEnd(28) : cell.padStart(12))).join(''))
  const violations = outcomes.filter((outcome) => outcome.violations.length > 0).length
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`faults: seed ${seed}: ${outcomes.length} injections, ${violations} with violations, in ${seconds} s`)
}

/** Applying: the steps of neighbouring tasks, the second reading that proves them, and what comes next, in one exchange. */

import type { FoobarDeployError } from '../errors.ts'
import { contentCut } from '../protocol/message.ts'
import type { BuiltTask } from './build.ts'
import { type Chain, chainFor } from './chain.ts'
import { clearOwed, recordOwed } from './host-folder.ts'
import type { OperationOutcome } from './host-link.ts'
import type { HostRun } from './host-run.ts'
import { queriesFor } from './host-run.ts'
import { outputLines } from './output-lines.ts'
import { batchReads, type ReadBatch } from './read-batch.ts'
import { agrees, type Differing, readTask, unmoved } from './reading.ts'
import { type StepFailure, taskFailure } from './task-failure.ts'
import { wantedDiffs } from './wanted-diffs.ts'

/**
 * Applies `group` and reads it again; `next` are read in the same exchange. Every member that was reached is told; the
 * first failure is thrown. Members that are not told, because the wire broke before their content was through, are to be
 * applied again.
 */
export async function applyGroup(
  host: HostRun,
  group: readonly Differing[],
  next: readonly BuiltTask[],
): Promise<void> {
  const started = performance.now()
  const user = group[0]?.built.user
  for (const { built } of group) host.shared.emit({ type: 'task-started', host: host.name, task: built.reference })
  const diffs = await wantedDiffs(host, group)
  const owed = notifiedBy(group).filter((name) => !host.owed.has(name))
  if (user !== host.user) await record(host, recordOwed, owed)
  const chain = chainFor(group, user === host.user && owed.length > 0 ? recordOwed(owed) : undefined)
  for (const name of owed) host.owed.add(name)
  const ahead = [...group.map(({ built }) => built), ...next.filter((built) => built.user === user)]
  const batch = batchReads(queriesFor(ahead))
  const output = outputLines(host, chain)
  const outcome = await host.timed('applyMs', () =>
    host.link.operate(user, [...chain.sections, ...batch.sections], output.push),
  )
  output.end()
  await readAgain(host, outcome, chain, batch, ahead)
  const error = conclude(host, chain, outcome, diffs, (performance.now() - started) / group.length)
  if (!error) return
  if (group.every(({ built, reading }) => unmoved(reading, host.known(built)))) {
    await record(host, clearOwed, owed)
    for (const name of owed) host.owed.delete(name)
  }
  throw error
}

function notifiedBy(group: readonly Differing[]): string[] {
  return [...new Set(group.flatMap(({ built }) => built.task.notify.map(({ name }) => name)))]
}

async function record(
  host: HostRun,
  script: (names: readonly string[]) => string,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await host.link.read(host.user, [{ kind: 'read', script: script(names) }])
}

async function readAgain(
  host: HostRun,
  outcome: OperationOutcome,
  chain: Chain,
  batch: ReadBatch,
  ahead: readonly BuiltTask[],
): Promise<void> {
  if (outcome.kind === 'recovered') {
    host.trustOnly(new Map())
    await host.read(ahead)
    return
  }
  const answers = batch.answers(outcome.results.slice(chain.sections.length))
  host.trustOnly(new Map(ahead.map((built) => [built, readTask(built.task, answers)])))
}

// Tells each member in order, up to the first that failed; those after it were not run.
function conclude(
  host: HostRun,
  chain: Chain,
  outcome: OperationOutcome,
  diffs: ReadonlyMap<BuiltTask, readonly string[]>,
  durationMs: number,
): FoobarDeployError | undefined {
  const wasCut = outcome.kind === 'recovered' && outcome.status === contentCut
  for (const member of chain.members) {
    const { built, reading } = member
    if (wasCut && !agrees(host.known(built))) return undefined
    const error = taskFailure(host.name, member, host.known(built), failureOf(chain, outcome, member))
    const status = error ? 'failed' : 'changed'
    host.finish(built, {
      status,
      changes: reading.changes,
      diffs: diffs.get(built) ?? [],
      durationMs,
      ...(error ? { error } : {}),
    })
    if (error) return error
  }
  return undefined
}

// The step that kept `member` from being applied. When the wire broke, the host's record holds the chain as a whole.
function failureOf(chain: Chain, outcome: OperationOutcome, member: Differing): StepFailure | undefined {
  if (outcome.kind === 'recovered') {
    return outcome.status === 0 ? undefined : { status: outcome.status, output: outcome.log }
  }
  const results = outcome.results.slice(0, chain.endOf(member))
  const failed = results.find(({ status }) => status !== 0)
  return failed && { status: failed.status, output: `${failed.stdout}${failed.stderr}` }
}

/** Applying: the steps of neighbouring tasks, the second reading that proves them, and what comes next, in one round trip. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import { contentCut } from '../../protocol/message.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { OperationOutcome } from '../host/host-link.ts'
import type { HostRun } from '../host/host-run.ts'
import { batchReads, type ReadBatch } from '../read/read-batch.ts'
import { type Drifted, isSameDrift, isUpToDate, queriesFor, readTask } from '../read/reading.ts'
import { textDiffs } from '../read/text-diffs.ts'
import type { TaskOutcome } from '../shared-run.ts'
import { type Chain, chainFor } from './chain.ts'
import { outputLines } from './output-lines.ts'
import { type StepFailure, taskFailure } from './task-failure.ts'

/** How a member of a group ended. */
export interface Ended {
  readonly compiled: CompiledTask
  readonly outcome: TaskOutcome
}

/**
 * Applies `group` and reads it again; `next` are read in the same round trip. Tells nothing: returns how each member ended
 * that was reached, up to the first that failed. Members that are not among them, because the wire broke before their
 * content was through, are to be applied again.
 */
export async function applyGroup(
  host: HostRun,
  group: readonly Drifted[],
  next: readonly CompiledTask[],
): Promise<Ended[]> {
  const started = performance.now()
  const first = group[0]?.compiled
  const { link, user: linkUser } = await host.executor(first)
  for (const { compiled } of group) host.progress.begin(compiled)
  const diffs = await textDiffs(host, group)
  const notified = notifiedBy(group).filter((name) => !host.pending.has(name))
  const inChain = link === host.link && first?.user === linkUser
  let chain: Chain
  try {
    chain = await chainFor(group, inChain ? host.pending.recordCommand(notified) : undefined)
  } catch (thrown) {
    return [unmade(host, group, thrown)]
  }
  if (inChain) host.pending.add(notified)
  else await host.pending.record(notified)
  const mates = next.filter(
    (compiled) => compiled.user === first?.user && compiled.task.delegateTo === first?.task.delegateTo,
  )
  const ahead = [...group.map(({ compiled }) => compiled), ...mates]
  const batch = batchReads(queriesFor(ahead))
  const output = outputLines(host, chain)
  const awayMs = Math.max(
    ...group.map(({ compiled }) => compiled.task.resource.rebootWithinMs?.(compiled.task.desired) ?? 0),
  )
  const outcome = await host.progress.timed('applyMs', () =>
    link.operate(first?.user, [...chain.sections, ...batch.sections], output.push, awayMs),
  )
  output.end()
  // It may have been cut before its first step, or the record was not on the disk yet.
  if (inChain && outcome.kind === 'recovered' && outcome.status === undefined) await host.pending.record(notified)
  await readAgain(host, outcome, chain, batch, ahead)
  const ended = conclude(host, chain, outcome, diffs, (performance.now() - started) / group.length)
  const failed = ended.some(({ outcome: { error } }) => error)
  if (failed && group.every(({ compiled, reading }) => isSameDrift(reading, host.cache.get(compiled)))) {
    await host.pending.clear(notified)
  }
  return ended
}

// What is to be sent could not be made on this machine: nothing was done on the host.
function unmade(host: HostRun, group: readonly Drifted[], thrown: unknown): Ended {
  const [first] = group
  if (!(thrown instanceof FoobarDeployError) || !first) throw thrown
  const { compiled, reading } = first
  const error = thrown.with({
    host: host.name,
    task: compiled.reference.title,
    ...definedOnly({ at: compiled.task.at }),
  })
  return {
    compiled,
    outcome: { status: 'failed', changes: reading.changes, diffs: [], output: '', durationMs: 0, error },
  }
}

function notifiedBy(group: readonly Drifted[]): string[] {
  return [...new Set(group.flatMap(({ compiled }) => compiled.task.notify.map(({ name }) => name)))]
}

async function readAgain(
  host: HostRun,
  outcome: OperationOutcome,
  chain: Chain,
  batch: ReadBatch,
  ahead: readonly CompiledTask[],
): Promise<void> {
  if (outcome.kind === 'recovered') {
    host.cache.replace()
    await host.cache.read(ahead)
    return
  }
  const answers = batch.answers(outcome.results.slice(chain.sections.length))
  host.cache.replace(new Map(ahead.map((compiled) => [compiled, readTask(compiled.task, answers)])))
}

function conclude(
  host: HostRun,
  chain: Chain,
  outcome: OperationOutcome,
  diffs: ReadonlyMap<CompiledTask, readonly string[]>,
  durationMs: number,
): Ended[] {
  const ended: Ended[] = []
  // Cut in its content, or by a new boot: what was to be done is known from the state, which is read anew.
  const wasCut = outcome.kind === 'recovered' && (outcome.status === contentCut || outcome.status === undefined)
  for (const member of chain.members) {
    const { compiled, reading } = member
    const { resource, desired } = compiled.task
    const isAction = resource.isAction?.(desired) ?? false
    const after = host.cache.get(compiled)
    if (wasCut && !isAction && !isUpToDate(after)) break
    const isJudgedByState = wasCut && (!isAction || resource.verifyAction !== undefined)
    const failed = isJudgedByState ? undefined : failureOf(chain, outcome, member)
    const error = taskFailure(host.name, member, after, failed)
    ended.push({
      compiled,
      outcome: {
        status: error ? 'failed' : 'changed',
        changes: reading.changes,
        diffs: diffs.get(compiled) ?? [],
        output: outputOf(chain, outcome, member),
        durationMs,
        ...(error ? { error } : {}),
      },
    })
    if (error) break
  }
  return ended
}

// The step that kept `member` from being applied. When the wire broke, the host's record holds the chain as a whole.
function failureOf(chain: Chain, outcome: OperationOutcome, member: Drifted): StepFailure | undefined {
  if (outcome.kind === 'recovered') {
    return outcome.status === 0 ? undefined : { status: outcome.status, output: outcome.log }
  }
  const results = outcome.results.slice(0, chain.endOf(member))
  const failed = results.find(({ status }) => status !== 0)
  return failed && { status: failed.status, output: `${failed.stdout}${failed.stderr}` }
}

function outputOf(chain: Chain, outcome: OperationOutcome, member: Drifted): string {
  if (outcome.kind === 'recovered') return outcome.log
  return outcome.results
    .slice(0, chain.sections.length)
    .filter((_, section) => chain.ownerOf(section) === member)
    .map(({ stdout }) => stdout.toString())
    .join('')
}

/** Verifying: applies once more, and proves by fingerprints taken before and after that nothing moved. */

import { FoobarDeployError } from '../errors.ts'
import type { Facts } from '../model/facts.ts'
import { refuse } from '../model/problem.ts'
import { compileAll } from './compile/compile-plays.ts'
import type { CompiledTask } from './compile/compiled-play.ts'
import { factsOf } from './compile/declare-plays.ts'
import { selectHosts } from './compile/selection.ts'
import type { RunEvent } from './events.ts'
import { gather } from './facts/gather.ts'
import {
  compareFingerprints,
  type Fingerprint,
  fingerprintScript,
  type Moved,
  parseFingerprint,
} from './fingerprint.ts'
import { run } from './run.ts'
import type { RunContext, RunRequest, RunResult } from './run-request.ts'

/** What a verification came to. */
export interface Verification {
  readonly result: RunResult
  /** Tasks that changed something once more, as `host: title`. */
  readonly changedAgain: readonly string[]
  /** What moved on each host, whatever the tasks said of it. */
  readonly moved: Readonly<Record<string, readonly Moved[]>>
  /** How many things were compared on each host. */
  readonly compared: Readonly<Record<string, number>>
  /** Whether the run went through and nothing at all moved. */
  readonly proven: boolean
}

/** Applies once more between two fingerprints. Unreachable hosts are errors of the run, as in any apply. */
export async function verify(request: RunRequest, context: RunContext): Promise<Verification> {
  const names = selectHosts(request.inventory, request.limit)
  const before = await fingerprints(names, request, context)
  const changedAgain: string[] = []
  const emit = (event: RunEvent) => {
    if (event.type === 'task-finished' && event.status === 'changed')
      changedAgain.push(`${event.host}: ${event.task.title}`)
    context.emit(event)
  }
  const result = await run({ ...request, mode: 'apply' }, { ...context, emit })
  const after = await fingerprints(
    names.filter((name) => before.has(name)),
    request,
    context,
  )
  const shared = [...before].filter(([name]) => after.has(name))
  const moved = Object.fromEntries(
    shared.map(([name, first]) => [name, compareFingerprints(first, after.get(name) ?? new Map())]),
  )
  const proven =
    result.exitCode === 0 &&
    changedAgain.length === 0 &&
    shared.length === names.length &&
    Object.values(moved).every((things) => things.length === 0)
  return {
    result,
    changedAgain,
    moved,
    compared: Object.fromEntries(shared.map(([name, first]) => [name, first.size])),
    proven,
  }
}

async function fingerprints(
  names: readonly string[],
  request: RunRequest,
  context: RunContext,
): Promise<Map<string, Fingerprint>> {
  const found = await gather(names, request, context, 'root', factsOf(request.inventory, request.overrides))
  // The run that goes with it meets the other hosts too, and reports them.
  const reached = [...found].flatMap(([name, host]) => (host instanceof FoobarDeployError ? [] : [{ name, ...host }]))
  try {
    const facts = new Map(reached.map((host): [string, Facts] => [host.name, host.facts]))
    const { plays, problems } = compileAll(request.inventory, request.overrides, facts)
    refuse(problems)
    const rows = reached.map(async ({ name, link }): Promise<[string, Fingerprint]> => {
      const paths = plays.flatMap((play) => managedPaths(play.tasks.get(name) ?? []))
      const [output] = await link.read('root', [{ kind: 'read', script: fingerprintScript(paths) }])
      return [name, parseFingerprint(output?.stdout.toString() ?? '')]
    })
    return new Map(await Promise.all(rows))
  } finally {
    await Promise.all(reached.map(({ link }) => link.close()))
  }
}

function managedPaths(tasks: readonly CompiledTask[]): string[] {
  return tasks.flatMap(({ task }) => {
    const { path } = (task.desired ?? {}) as { path?: unknown }
    return typeof path === 'string' ? [path] : []
  })
}

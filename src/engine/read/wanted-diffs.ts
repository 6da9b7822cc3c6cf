/** Diffs where they are wanted; what makes them is loaded only then. */

import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import type { Drifted } from './reading.ts'

/** The unified diffs of the texts in `group`, by task; none unless the run is to show them. */
export async function wantedDiffs(
  host: HostRun,
  group: readonly Drifted[],
): Promise<ReadonlyMap<CompiledTask, string[]>> {
  if (!host.shared.diff) return new Map()
  const { textDiffs } = await import('./text-diffs.ts')
  return textDiffs(host, group)
}

/** Brings a lab up: fresh hosts that let people in. */

import { isHostOn } from './host-processes.ts'
import { removeLab } from './lab-down.ts'
import { explainFailure, labChanged } from './lab-errors.ts'
import { type OnLabEvent, stopwatch } from './lab-event.ts'
import { labPaths } from './lab-paths.ts'
import { isComplete, isSameSpec, type LabRecord, readRecord } from './lab-record.ts'
import { checkLabSpec, type LabSpec } from './lab-spec.ts'
import { type Lock, withLock } from './lock.ts'
import { bootHosts, connectLab, makeLab } from './make-lab.ts'
import { hasNetwork, hasRelays } from './network.ts'
import { requireEnvironment } from './require-environment.ts'

/**
 * Brings the lab up. One that is up already is left alone, but relays that ended are started again, and hosts that are off
 * are booted from their disks; what an interrupted `up` or a restart of the machine left behind is removed first.
 *
 * @throws FoobarDeployError `lab-changed` when a lab of this name is up from another declaration.
 */
export async function labUp(spec: LabSpec, onEvent: OnLabEvent): Promise<void> {
  await withLab(spec, onEvent, async (lock) => {
    const record = await readRecord(spec.name)
    if (record?.images !== undefined && isComplete(spec.name) && hasNetwork(spec.name)) {
      if (!isSameSpec(record.spec, spec)) throw labChanged(spec.name)
      if (!(await hasRelays(spec))) await connectLab(spec, lock, onEvent)
      await bootMissing({ spec, images: record.images }, lock, onEvent)
      return
    }
    if (await removeLab(spec.name, lock)) onEvent({ type: 'remains-removed', lab: spec.name })
    await makeLab(spec, lock, onEvent)
  })
}

/**
 * Makes all hosts of the lab pristine again, as declared now. The network and the keys stay: commands that run in the
 * lab's network go on. A lab that is not up is brought up.
 */
export async function labReset(spec: LabSpec, onEvent: OnLabEvent): Promise<void> {
  await withLab(spec, onEvent, (lock) => makeLab(spec, lock, onEvent))
}

/** Checks the lab and the machine, then runs `action` with the lab's lock held. */
export async function withLab(
  spec: LabSpec,
  onEvent: OnLabEvent,
  action: (lock: Lock) => Promise<void>,
): Promise<void> {
  checkLabSpec(spec)
  await requireEnvironment()
  try {
    await withLock(labPaths(spec.name).lock, () => onEvent({ type: 'waiting', lab: spec.name }), action)
  } catch (thrown) {
    throw explainFailure(thrown)
  }
}

async function bootMissing(record: Required<LabRecord>, lock: Lock, onEvent: OnLabEvent): Promise<void> {
  const { spec, images } = record
  const on = await Promise.all(spec.hosts.map((host) => isHostOn(spec.name, host.name)))
  const missing = spec.hosts.filter((_, index) => !on[index])
  if (missing.length === 0) {
    onEvent({ type: 'already-up', lab: spec.name, hosts: spec.hosts.map(({ name }) => name) })
    return
  }
  const elapsedMs = stopwatch()
  await bootHosts(spec, missing, images, lock, onEvent)
  onEvent({ type: 'up', lab: spec.name, hosts: missing.map(({ name }) => name), durationMs: elapsedMs() })
}

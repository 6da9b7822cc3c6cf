/** The power switch of a lab's hosts. */

import { bootHost, cutPower } from './boot-host.ts'
import { isHostOn } from './host-processes.ts'
import { labNotUp, unknownHost } from './lab-errors.ts'
import type { OnLabEvent } from './lab-event.ts'
import { labPaths } from './lab-paths.ts'
import { readRecord } from './lab-record.ts'
import { checkLabName, type LabSpec } from './lab-spec.ts'
import { withLab } from './lab-up.ts'
import { withLock } from './lock.ts'
import { hasNetwork } from './network.ts'
import { requireEnvironment } from './require-environment.ts'

/** Cuts a host's power: all its processes end at once, nothing is written back. Its disk stays as it is. */
export async function labPowerOff(name: string, hostName: string, onEvent: OnLabEvent = () => {}): Promise<void> {
  checkLabName(name)
  await requireEnvironment()
  await withLock(
    labPaths(name).lock,
    () => onEvent({ type: 'waiting', lab: name }),
    async () => {
      const record = await readRecord(name)
      if (record === undefined) throw labNotUp(name)
      if (!record.spec.hosts.some((host) => host.name === hostName)) throw unknownHost(record.spec, hostName)
      await cutPower(name, hostName)
      onEvent({ type: 'power-off', host: hostName })
    },
  )
}

/** Boots a host that is off, from its disk as it was left; one that is on is left alone. */
export async function labBoot(spec: LabSpec, hostName: string, onEvent: OnLabEvent = () => {}): Promise<void> {
  await withLab(spec, onEvent, async (lock) => {
    const record = await readRecord(spec.name)
    if (record?.images === undefined || !hasNetwork(spec.name)) throw labNotUp(spec.name)
    const host = record.spec.hosts.find(({ name }) => name === hostName)
    if (host === undefined) throw unknownHost(record.spec, hostName)
    if (await isHostOn(spec.name, hostName)) onEvent({ type: 'already-on', host: hostName })
    else await bootHost(record.spec, host, record.images, lock, onEvent)
  })
}

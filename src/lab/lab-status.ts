/** Tells what there is of a lab, changing nothing. */

import { existsSync } from 'node:fs'
import type { LabSuite } from '../model/lab.ts'
import { isHostOn } from './host-processes.ts'
import { showsBanner } from './host-ready.ts'
import { labPaths } from './lab-paths.ts'
import { isComplete, readRecord } from './lab-record.ts'
import { checkLabName } from './lab-spec.ts'
import { hasNetwork } from './network.ts'
import { requireEnvironment } from './require-environment.ts'

/** The state of a lab's host: `on` is a host whose ssh server does not answer. */
export type LabHostState = 'off' | 'on' | 'answering'

/** What there is of a lab. */
export interface LabStatus {
  readonly name: string
  /** `partial` is what an interrupted command or a restart of the machine leaves. */
  readonly state: 'down' | 'partial' | 'up'
  readonly directory: string
  readonly suite?: LabSuite
  readonly packages?: readonly string[]
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly state: LabHostState }[]
}

/** The status of the lab called `name`; needs root, as the lab itself does. */
export async function labStatus(name: string): Promise<LabStatus> {
  checkLabName(name)
  await requireEnvironment()
  const { directory } = labPaths(name)
  const record = await readRecord(name)
  if (record === undefined) {
    return { name, state: hasNetwork(name) || existsSync(directory) ? 'partial' : 'down', directory, hosts: [] }
  }
  const { suite, packages, hosts } = record.spec
  const states = hosts.map(async (host) => ({ ...host, state: await hostState(name, host.name) }))
  const state = isComplete(name) && hasNetwork(name) ? 'up' : 'partial'
  return { name, state, directory, suite, packages, hosts: await Promise.all(states) }
}

async function hostState(lab: string, host: string): Promise<LabHostState> {
  if (!(await isHostOn(lab, host))) return 'off'
  return (await showsBanner(labPaths(lab).socket(host))) ? 'answering' : 'on'
}

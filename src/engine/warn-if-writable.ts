/** Says where the kernel does not keep a plan from writing. */

import type { HostLink } from './host/host-link.ts'
import type { SharedRun } from './shared-run.ts'

/** Emits a notice for what of the host could be written to. */
export async function warnIfWritable({
  name,
  link,
  shared,
}: {
  readonly name: string
  readonly link: HostLink
  readonly shared: SharedRun
}): Promise<void> {
  const { readOnly, writable } = await link.greeting()
  const text =
    readOnly === false
      ? 'the host does not allow a read-only mount namespace: that this plan writes nothing is not enforced by its kernel'
      : writable.length > 0
        ? `the kernel could not make these mounts read-only: ${writable.join(' ')}`
        : undefined
  if (text !== undefined) shared.emit({ type: 'notice', host: name, text })
}

/** A reboot of the host; the run continues when the host is back. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import { sh } from '../../shell/command.ts'
import { boot } from './boot.query.ts'

const schema = z.strictObject({
  /** `required`: if a package asked for it since the last boot. `always`: in every run. */
  when: z.enum(['required', 'always']).default('required'),
  /** How long the host may take until it can be reached again; default 600,000. */
  withinMs: z.int().min(1000).default(600_000),
  /** A message for the host's log, and for everyone who is logged in. */
  message: z
    .string()
    .regex(/^[^\n\0]+$/, 'must be one line')
    .default('foobar-deploy reboots this host'),
})

type Desired = z.output<typeof schema>

/**
 * Reboots the host and goes on when it is back; that it was away is proven by the kernel's id of the boot. A package asks for
 * a reboot with `/run/reboot-required`, as kernels and libc do on Debian and Ubuntu (on Debian the package
 * `unattended-upgrades` or `update-notifier-common` must be there for that).
 *
 * @example
 * ```ts
 * import { apt, reboot } from 'foobar-deploy'
 *
 * apt({ packages: ['linux-image-amd64'], state: 'latest' })
 * reboot()
 * reboot({ when: 'always', withinMs: 300_000 })
 * ```
 */
export const reboot = defineResource({
  type: 'reboot',
  schema,
  id: ({ when }: Desired) => (when === 'always' ? 'the host' : 'if required'),
  read: () => ({ boot: boot('this') }),
  parse: ({ boot }) => boot,
  diff: ({ isRebootRequired, packages }, { when }: Desired) => {
    if (when === 'required' && !isRebootRequired) return []
    const wish = packages.length > 0 ? `required by ${packages.join(' ')}` : isRebootRequired ? 'required' : 'up'
    return [{ key: 'boot', from: wish, to: 'new' }]
  },
  // It does not end by itself: its end is that of the host. Asked again by the new boot, it has nothing to do.
  *apply(_changes, { withinMs, message }: Desired, { id }): Iterable<Action> {
    yield sh`(
read -r boot </proc/sys/kernel/random/boot_id
[ "$boot" = ${id} ] || exit 0
if [ -d /run/systemd/system ]; then systemctl reboot ${`--message=${message}`}; else shutdown -r now ${message}; fi || exit
sleep ${Math.ceil(withinMs / 1000)}
echo 'the host took the wish for a reboot, but did not go down' >&2
exit 1
)`
  },
  isAction: () => true,
  rebootWithinMs: ({ withinMs }) => withinMs,
  verifyAction: (before, after) => (before.id === after.id ? 'the host is still in the boot it was in' : undefined),
})

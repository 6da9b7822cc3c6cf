/** Kernel settings, now and after each boot. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh } from '../../shell/command.ts'
import { applyFileState, diffFileState, parseFileState, writesFileState } from '../files/file-state.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { ownFile } from '../files/own-file.ts'
import type { Place } from '../files/place.ts'
import { kernelSetting } from './kernel-setting.query.ts'

const schema = z
  .strictObject({
    /** `net.ipv4.ip_forward`; where a part of it has a dot, with slashes: `net/ipv4/conf/eth0.10/forwarding`. */
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9_:@+-]+([./][A-Za-z0-9_:@+-]+)+$/,
        'must be the name of a setting such as net.ipv4.ip_forward',
      ),
    /** Its value; several numbers with single spaces between them. */
    value: z
      .union([z.string().regex(/^\S([^\n\0]*\S)?$/, 'must be one line without blanks at its ends'), z.number()])
      .transform((given) => String(given).replaceAll(/[ \t]+/g, ' '))
      .optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ value, state }, context) => {
    if ((state === 'present') === (value !== undefined)) return
    const message = value === undefined ? 'is missing' : "means nothing with state: 'absent'"
    context.addIssue({ code: 'custom', path: ['value'], message })
  })
  .transform(({ name, value }) => {
    const key = pathOf(name)
    const path = `/etc/sysctl.d/60-foobar-deploy-${dotted(key).replaceAll('/', '-')}.conf`
    return {
      name,
      key,
      value,
      ...ownFile({ path, content: value === undefined ? undefined : `${dotted(key)} = ${value}\n` }),
    }
  })

type Desired = z.output<typeof schema>

interface State {
  readonly place: Place
  /** Undefined where the setting is to be absent, or cannot be read back. */
  readonly running: string | undefined
}

/**
 * A setting of the kernel, in force at once and after each boot. The kernel judges it first: what it refuses is not written
 * to the file. With `state: 'absent'` the file goes, and the running value stays, since nobody knows what it was before.
 *
 * The file is `/etc/sysctl.d/60-foobar-deploy-<name>.conf`; one of a later name that says something else wins at boot. In a
 * container most settings belong to the machine around it and are read-only, which is said.
 *
 * @example
 * ```ts
 * import { sysctl } from 'foobar-deploy'
 *
 * sysctl({ name: 'net.ipv4.ip_forward', value: 1 })
 * sysctl({ name: 'net.ipv4.tcp_rmem', value: '4096 131072 6291456' })
 * sysctl({ name: 'vm.swappiness', state: 'absent' })
 * ```
 */
export const sysctl = defineResource({
  type: 'sysctl',
  schema,
  id: ({ name }: Desired) => name,
  read: ({ path, key, state }: Desired) => ({
    status: fileStatus({ path, checksum: state === 'present', follow: false }),
    running: kernelSetting(key),
  }),
  parse: ({ status, running }, desired: Desired): State | Unavailable => {
    const place = parseFileState({ status }, desired)
    if (place instanceof Unavailable) return place
    if (desired.state === 'absent') return { place, running: undefined }
    if (running !== undefined) return { place, running }
    return new Unavailable(
      `the kernel has no setting ${desired.name}`,
      'Check its name (`sysctl -a` lists all), or load the module that brings it before this task.',
      [`setting ${desired.name}`, 'unit systemd-modules-load.service'],
    )
  },
  writes: (desired: Desired) => writesFileState(desired),
  diff: ({ place, running }, desired: Desired): Change[] => [
    ...(desired.value === undefined || running === desired.value
      ? []
      : [{ key: runningKey, from: running ?? null, to: desired.value }]),
    ...diffFileState(place, desired),
  ],
  *apply(changes, desired: Desired, { place }): Iterable<Action> {
    if (desired.value !== undefined && changes.some(({ key }) => key === runningKey)) yield set(desired, desired.value)
    const file = changes.filter(({ key }) => key !== runningKey)
    if (file.length > 0) yield* applyFileState(file, desired, place)
  },
})

const runningKey = 'running'

function set({ name, key }: Desired, value: string): Command {
  return sh`(
p=/proc/sys/${key}
[ -w "$p" ] || { printf '%s\\n' ${`${name} is read-only on this host; in a container it belongs to the machine around it: set it there`} >&2; exit 1; }
printf '%s\\n' ${value} 2>/dev/null >"$p" || { printf '%s\\n' ${`the kernel refused ${value} for ${name}; nothing was written`} >&2; exit 1; }
)`
}

/** Below /proc/sys. The first separator tells whether dots separate or belong to names. */
function pathOf(name: string): string {
  const separator = /[./]/.exec(name)?.[0]
  return separator === '/' ? name : name.replaceAll(/[./]/g, (one) => (one === '.' ? '/' : '.'))
}

function dotted(path: string): string {
  return path.replaceAll(/[./]/g, (one) => (one === '/' ? '.' : '/'))
}

/** A systemd unit file or drop-in; systemd reloads it when it changes. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { pathAndAbove } from '../../plan/provision.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { Secret } from '../../shell/secret.ts'
import { sourceOf } from '../files/file-source.ts'
import { applyFileState, diffFileState, parseFileState, writesFileState } from '../files/file-state.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import type { Place } from '../files/place.ts'
import { type Unit, unit } from './unit.query.ts'
import { isTemplate, unitFileName } from './unit-name.ts'
import { renderUnit, unitSections } from './unit-sections.ts'
import { noSystemd } from './unit-state.ts'
import { verifyUnit } from './verify-unit.ts'

const schema = z
  .strictObject({
    /** `app.service`, `app`, `worker@.service`, `backup.timer`. */
    name: unitFileName,
    /** The text of the file. A {@link Secret} is never shown, and readable by root alone. */
    content: z.union([z.string(), z.instanceof(Secret<string>)]).optional(),
    /** In place of `content`: `{ Service: { ExecStart: '/usr/bin/app', Environment: ['A=1', 'B=2'] } }`. */
    sections: unitSections.optional(),
    /** Makes it a drop-in of this name, which amends the unit: `limits` is `<name>.d/limits.conf`. */
    dropIn: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/, 'must be the name of a file')
      .transform((name) => name.replace(/\.conf$/, ''))
      .optional(),
    state: z.enum(['present', 'absent']).default('present'),
    /** Whether a file that systemd would not understand is refused; default true. */
    verify: z.boolean().default(true),
  })
  .superRefine(({ content, sections, state }, context) => {
    const given = [content, sections].filter((one) => one !== undefined).length
    const message =
      state === 'absent' && given > 0
        ? "content and sections mean nothing with state: 'absent'"
        : state === 'present' && given !== 1
          ? 'Say either content or sections'
          : undefined
    if (message) context.addIssue({ code: 'custom', message })
  })
  .transform(({ content, sections, ...rest }) => {
    const text = sections ? renderUnit(sections) : content
    return {
      ...rest,
      path: `/etc/systemd/system/${rest.name}${rest.dropIn === undefined ? '' : `.d/${rest.dropIn}.conf`}`,
      source: text === undefined ? undefined : sourceOf(text),
      owner: 'root',
      group: 'root',
      mode: text instanceof Secret ? '0600' : '0644',
      follow: false,
      overwrite: true,
      backup: false,
    }
  })

type Desired = z.output<typeof schema>

export interface State {
  readonly place: Place
  readonly unit: Unit | undefined
}

interface Reads {
  readonly [name: string]: Query<unknown>
  readonly status: Query<FileStatus>
  readonly unit: Query<Unit | undefined>
}

/**
 * A unit file in `/etc/systemd/system`, or a drop-in. systemd reads it at once; a running unit keeps running as it was started
 * until it is restarted: notify `service.restart(name)`.
 *
 * The file is refused if systemd would not understand a line of it: an option that is ignored protects nothing. Programs that
 * are not installed yet do not matter. A unit that is made absent is stopped and disabled first.
 *
 * @example
 * ```ts
 * import { handler, service, systemdUnit } from 'foobar-deploy'
 *
 * systemdUnit({
 *   name: 'app.service',
 *   sections: {
 *     Unit: { Description: 'The application', After: ['network.target'] },
 *     Service: { ExecStart: '/usr/bin/node /srv/app/main.js', DynamicUser: true, Environment: ['PORT=3000'] },
 *     Install: { WantedBy: 'multi-user.target' },
 *   },
 *   notify: handler('restart app', service.restart('app')),
 * })
 * systemdUnit({ name: 'nginx', dropIn: 'limits', sections: { Service: { LimitNOFILE: 65536 } } })
 * ```
 */
export const systemdUnit = defineResource({
  type: 'systemdUnit',
  schema,
  id: ({ name, dropIn }) => (dropIn === undefined ? name : `${name} (${dropIn})`),
  read: ({ path, name, state }): Reads => {
    const status = fileStatus({ path, checksum: state === 'present', follow: false })
    // A template is no unit that could be asked for; only its instances are.
    return (isTemplate(name) ? { status } : { status, unit: unit(name) }) as Reads
  },
  parse: ({ status, unit }, desired): State | Unavailable => {
    if (!isTemplate(desired.name) && !unit) return noSystemd
    const made = desired.dropIn !== undefined && status.kind === 'absent' && !status.parentIsNoFolder
    const place = made ? { path: desired.path } : parseFileState({ status }, desired)
    return place instanceof Unavailable ? place : { place, unit }
  },
  writes: (desired: Desired) => writesFileState(desired),
  // A drop-in changes a unit and makes none.
  provides: ({ name, path, dropIn }: Desired) => [
    ...(dropIn === undefined ? [`unit ${name}` as const] : []),
    ...pathAndAbove(path),
  ],
  diff,
  *apply(changes, desired, { place, unit }): Iterable<Action> {
    const { name, dropIn, state, path, source, verify } = desired
    const file = changes.filter(({ key }) => key !== definitionKey)
    if (file.length > 0) {
      if (state === 'absent' && dropIn === undefined && unit?.load === 'loaded')
        yield sh`systemctl disable --now -- ${name}`
      if (state === 'present' && verify && source && file.some(({ key }) => key === 'content')) {
        yield* verifyUnit(name, dropIn, source.content)
      }
      if (state === 'present' && dropIn !== undefined) yield sh`install -d -m 0755 -- ${posix.dirname(path)}`
      yield* applyFileState(file, desired, place)
      if (state === 'absent' && dropIn !== undefined) {
        yield sh`rmdir --ignore-fail-on-non-empty -- ${posix.dirname(path)}`
      }
    }
    yield sh`systemctl daemon-reload`
  },
})

const definitionKey = 'definition'

function diff({ place, unit }: State, desired: Desired): Change[] {
  const outdated = unit?.needsDaemonReload
    ? [{ key: definitionKey, from: 'changed on disk', to: 'read' } satisfies Change]
    : []
  return [...diffFileState(place, desired), ...outdated]
}

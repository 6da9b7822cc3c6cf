/** The time zone of a host. */

import { posix } from 'node:path'
import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type EditState, parseEdit, sharedText, writeEdit, writesEdit } from '../edits/text-edit.ts'
import { fileContent } from '../files/file-content.query.ts'
import { fileStatus } from '../files/file-status.query.ts'
import { nounOf } from '../files/place.ts'
import { stagedPath } from '../files/write-file.ts'

const schema = z.strictObject({
  /** `Europe/Berlin`, `Etc/UTC`. */
  name: z.string().regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/, "must be the name of a zone such as 'Europe/Berlin'"),
})

type Desired = z.output<typeof schema>

interface State {
  /** The zone, or what lies in the place of the link. */
  readonly zone: string | null
  /** Debian's second record of it, where there is one. */
  readonly record: EditState
}

const zones = '/usr/share/zoneinfo'
const localtime = '/etc/localtime'
const recordFile = { ...sharedText('/etc/timezone'), state: 'absent' as const }

/**
 * The time zone. Programs that run go on with the old one until they are restarted: `notify: service.restart('cron')` where
 * cron is to keep to it.
 *
 * @example
 * ```ts
 * import { timezone } from 'foobar-deploy'
 *
 * timezone({ name: 'Europe/Berlin' })
 * ```
 */
export const timezone = defineResource({
  type: 'timezone',
  schema,
  id: ({ name }: Desired) => name,
  read: ({ name }: Desired) => ({
    link: fileStatus({ path: localtime }),
    zone: fileStatus({ path: posix.join(zones, name), follow: true }),
    folder: fileStatus({ path: zones }),
    status: fileStatus({ path: recordFile.path, follow: true }),
    content: fileContent(recordFile.path),
  }),
  parse: ({ link, zone, folder, status, content }, { name }: Desired): State | Unavailable => {
    if (folder.kind === 'absent') {
      const hint = "Add apt({ packages: ['tzdata'] }) before this task."
      return new Unavailable('the host knows no time zones', hint, [`path ${zones}`])
    }
    const end = zone.kind === 'symlink' ? zone.destination?.status?.kind : zone.kind
    if (end !== 'file') {
      return new Unavailable(
        `the host knows no time zone ${name}`,
        'Check its name (`timedatectl list-timezones`); old names such as US/Eastern are in the package tzdata-legacy.',
        [`path ${posix.join(zones, name)}`],
      )
    }
    const record = parseEdit({ status, content }, recordFile)
    if (record instanceof Unavailable) return record
    if (link.kind === 'absent' || link.kind === 'hidden') return { zone: null, record }
    return { zone: link.kind === 'symlink' ? zoneOf(link.target ?? '') : `a ${nounOf(link)}`, record }
  },
  writes: () => [{ path: localtime, isRemoved: true }, ...writesEdit(recordFile)],
  diff: ({ zone, record }, { name }: Desired): Change[] => {
    const recorded = record.text?.trim()
    return [
      ...(zone === name ? [] : [{ key: 'zone', from: zone, to: name }]),
      ...(recorded === undefined || recorded === name
        ? []
        : [{ key: 'record', from: recorded, to: name, text: { path: record.path, to: `${name}\n` } }]),
    ]
  },
  *apply(changes, { name }: Desired, { record }): Iterable<Action> {
    for (const { key, text } of changes) {
      if (key === 'record' && text) yield* writeEdit(text.to, record, recordFile)
      if (key === 'zone') {
        const staged = stagedPath(localtime)
        yield sh`ln -sfT -- ${posix.join(zones, name)} ${staged} && mv -fT -- ${staged} ${localtime} || { s=$?; rm -f -- ${staged}; exit $s; }`
      }
    }
  },
})

function zoneOf(target: string): string {
  const path = posix.resolve(posix.dirname(localtime), target)
  return path.startsWith(`${zones}/`) ? path.slice(zones.length + 1) : target
}

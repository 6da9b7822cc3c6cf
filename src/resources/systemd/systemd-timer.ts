/** A command that systemd runs on a schedule: a service and the timer that starts it. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type Account, account } from '../accounts/account.query.ts'
import { accountName } from '../accounts/account-name.ts'
import {
  applyFileState,
  type DesiredFile,
  diffFileState,
  parseFileState,
  writesFileState,
} from '../files/file-state.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import { ownFile } from '../files/own-file.ts'
import type { Place } from '../files/place.ts'
import { type Unit, unit } from './unit.query.ts'
import { renderUnit, unitSections } from './unit-sections.ts'
import { isUp, noSystemd } from './unit-state.ts'
import { verifyUnit } from './verify-unit.ts'

const oneLine = /^\S[^\n\0]*$/
/** Seconds, or a span such as `15min` or `1h 30min`. */
const span = z.union([
  z.int().min(0),
  z.string().regex(/^\d[\d.]*\s*[a-z]*(\s*\d[\d.]*\s*[a-z]+)*$/i, "must be seconds, or a span such as '15min'"),
])
const calendar = z.string().regex(oneLine, 'must be one line')

const schedule = z.union([
  calendar,
  z.array(calendar).min(1),
  z
    .strictObject({
      /** After the boot. */
      onBootSec: span.optional(),
      /** After the service was last started: again and again. */
      onUnitActiveSec: span.optional(),
      /** After the service last ended. */
      onUnitInactiveSec: span.optional(),
    })
    .refine(
      (given) => Object.values(given).some((one) => one !== undefined),
      'Say at least one of onBootSec, onUnitActiveSec and onUnitInactiveSec',
    ),
])

const systemdTimerSchema = z
  .strictObject({
    /** `backup`: then the units are `backup.service` and `backup.timer`. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9:_.-]+$/, 'must be the name of a unit: letters, digits and : - _ .')
      .transform((name) => name.replace(/\.(timer|service)$/, '')),
    /**
     * Times as systemd writes them (`daily`, `'Mon..Fri 03:30'`, a list of several), or spans:
     * `{ onBootSec: '5min', onUnitActiveSec: '1h' }`.
     */
    schedule: schedule.optional(),
    /** What to run, as `ExecStart=` has it: a program with its arguments. For a shell's syntax call `sh -c '...'`. */
    command: z.string().regex(oneLine, 'must be one line').optional(),
    /** In place of `command` and `user`: the sections of the service. `Type` is `oneshot` unless you say something else. */
    sections: unitSections.optional(),
    /** Whom the command runs as; default root. */
    user: accountName('user').optional(),
    /** Whether a run that was missed while the host was down follows after the boot; only for times; default false. */
    persistent: z.boolean().default(false),
    /** Up to how much later it starts, at random, so that many hosts do not start at once. */
    randomizedDelaySec: span.optional(),
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine((given, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const { state, schedule, command, sections, user, persistent, randomizedDelaySec } = given
    if (state === 'absent') {
      for (const [key, one] of Object.entries({ schedule, command, sections, user, randomizedDelaySec })) {
        if (one !== undefined) refuse(key, "means nothing with state: 'absent'")
      }
      return
    }
    if (schedule === undefined) refuse('schedule', 'is missing')
    if ((command === undefined) === (sections === undefined)) refuse('command', 'Say either command or sections')
    if (sections && user !== undefined) refuse('user', 'stands in sections: Service.User')
    if (sections && !sections.Service) refuse('sections', 'have no Service')
    if (persistent && typeof schedule === 'object' && !Array.isArray(schedule))
      refuse('persistent', 'is for times, not for spans')
  })
  .transform((given) => {
    const { name, state, user } = given
    const isPresent = state === 'present'
    const file = (type: string, text: string) =>
      ownFile({ path: `/etc/systemd/system/${name}.${type}`, content: isPresent ? text : undefined })
    return {
      name,
      state,
      user,
      calendars: calendarsOf(given.schedule),
      service: file('service', serviceText(given)),
      timer: file('timer', timerText(given)),
    }
  })

/** What a `systemdTimer` task desires: the files of its service and its timer. */
export type SystemdTimerDesired = z.output<typeof systemdTimerSchema>

type Given = {
  readonly name: string
  readonly schedule?: z.output<typeof schedule> | undefined
  readonly command?: string | undefined
  readonly sections?: z.output<typeof unitSections> | undefined
  readonly user?: string | undefined
  readonly persistent: boolean
  readonly randomizedDelaySec?: string | number | undefined
}

function calendarsOf(given: Given['schedule']): readonly string[] {
  if (typeof given === 'string') return [given]
  return Array.isArray(given) ? given : []
}

function serviceText({ name, command = '', sections, user }: Given): string {
  if (sections) return renderUnit({ ...sections, Service: { Type: 'oneshot', ...sections.Service } })
  return renderUnit({
    Unit: { Description: name },
    Service: { Type: 'oneshot', ...(user === undefined ? {} : { User: user }), ExecStart: command },
  })
}

function timerText({ name, schedule: given, persistent, randomizedDelaySec }: Given): string {
  const spans = typeof given === 'object' && !Array.isArray(given) ? given : {}
  const { onBootSec, onUnitActiveSec, onUnitInactiveSec } = spans as Extract<typeof given, { onBootSec?: unknown }>
  const options = {
    OnCalendar: calendarsOf(given).length > 0 ? [...calendarsOf(given)] : undefined,
    OnBootSec: onBootSec,
    OnUnitActiveSec: onUnitActiveSec,
    OnUnitInactiveSec: onUnitInactiveSec,
    Persistent: persistent || undefined,
    RandomizedDelaySec: randomizedDelaySec,
  }
  const said = Object.entries(options).filter(([, value]) => value !== undefined)
  return renderUnit({
    Unit: { Description: `Timer of ${name}` },
    Timer: Object.fromEntries(said) as Record<string, string | number | boolean | string[]>,
    Install: { WantedBy: 'timers.target' },
  })
}

type Desired = SystemdTimerDesired

interface State {
  readonly service: Place
  readonly timer: Place
  readonly serviceUnit: Unit
  readonly timerUnit: Unit
}

interface Asked {
  readonly [name: string]: Query<unknown>
  readonly service: Query<FileStatus>
  readonly timer: Query<FileStatus>
  readonly serviceUnit: Query<Unit | undefined>
  readonly timerUnit: Query<Unit | undefined>
  readonly account: Query<Account | undefined>
}

/**
 * A command that systemd runs by the clock, without need of cron; its output is in the journal, and it never runs twice at
 * once. The timer is enabled and started. Times and unit files that systemd would not understand are refused before anything
 * is written. With `state: 'absent'` the timer is stopped and both files go; a run that is under way is not broken off.
 *
 * @example
 * ```ts
 * import { systemdTimer } from 'foobar-deploy'
 *
 * systemdTimer({ name: 'backup', schedule: '*-*-* 03:30', command: '/usr/local/bin/backup --all', user: 'backup', persistent: true })
 * systemdTimer({ name: 'sweep', schedule: { onBootSec: '5min', onUnitActiveSec: '1h' }, command: '/srv/app/bin/sweep' })
 * systemdTimer({ name: 'old', state: 'absent' })
 * ```
 */
export const systemdTimer = defineResource({
  type: 'systemdTimer',
  schema: systemdTimerSchema,
  id: ({ name }: Desired) => name,
  read: ({ name, user, state, service, timer }: Desired): Asked => {
    const checksum = state === 'present'
    return {
      service: fileStatus({ path: service.path, checksum, follow: false }),
      timer: fileStatus({ path: timer.path, checksum, follow: false }),
      serviceUnit: unit(`${name}.service`),
      timerUnit: unit(`${name}.timer`),
      ...(user === undefined ? {} : { account: account(user) }),
    } as Asked
  },
  parse: (answers, desired: Desired): State | Unavailable => {
    const { serviceUnit, timerUnit, account } = answers
    if (!serviceUnit || !timerUnit) return noSystemd
    const { user } = desired
    if (user !== undefined && !account) {
      return new Unavailable(`there is no user ${user}`, `Add user({ name: '${user}' }) before this task.`, [
        `user ${user}`,
      ])
    }
    const service = parseFileState({ status: answers.service }, desired.service)
    const timer = parseFileState({ status: answers.timer }, desired.timer)
    if (service instanceof Unavailable) return service
    return timer instanceof Unavailable ? timer : { service, timer, serviceUnit, timerUnit }
  },
  writes: ({ service, timer }: Desired) => [...writesFileState(service), ...writesFileState(timer)],
  diff,
  *apply(_changes, desired: Desired, state): Iterable<Action> {
    const { name } = desired
    const timerName = `${name}.timer`
    const serviceChanges = diffFileState(state.service, desired.service)
    const timerChanges = diffFileState(state.timer, desired.timer)
    if (desired.state === 'absent') {
      if (state.timerUnit.load !== 'not-found') yield sh`systemctl disable --now -- ${timerName}`
      yield* applyFileState(timerChanges, desired.timer, state.timer)
      yield* applyFileState(serviceChanges, desired.service, state.service)
      yield sh`systemctl daemon-reload`
      return
    }
    if (desired.calendars.length > 0 && timerChanges.some(isContent)) yield known(desired.calendars)
    yield* verified(`${name}.service`, serviceChanges, desired.service)
    yield* verified(timerName, timerChanges, desired.timer)
    yield* applyFileState(serviceChanges, desired.service, state.service)
    yield* applyFileState(timerChanges, desired.timer, state.timer)
    yield sh`systemctl daemon-reload && systemctl enable --now -- ${timerName}`
  },
})

function diff({ service, timer, serviceUnit, timerUnit }: State, desired: Desired): Change[] {
  const named = (prefix: string, changes: readonly Change[]) =>
    changes.map((one) => ({ ...one, key: `${prefix}.${one.key}` }))
  const isPresent = desired.state === 'present'
  const isEnabled = timerUnit.unitFile === 'enabled'
  const isOutdated = serviceUnit.needsDaemonReload || timerUnit.needsDaemonReload
  return [
    ...named('service', diffFileState(service, desired.service)),
    ...named('timer', diffFileState(timer, desired.timer)),
    ...(isOutdated ? [{ key: 'definition', from: 'changed on disk', to: 'read' }] : []),
    ...(isPresent && !isEnabled ? [{ key: 'enabled', from: timerUnit.unitFile || false, to: true }] : []),
    ...(isUp(timerUnit) === isPresent ? [] : [{ key: 'running', from: !isPresent, to: isPresent }]),
  ]
}

function* verified(name: string, changes: readonly Change[], { source }: DesiredFile): Iterable<Action> {
  if (source && changes.some(isContent)) yield* verifyUnit(name, undefined, source.content)
}

function isContent({ key }: Change): boolean {
  return key === 'content'
}

function known(calendars: readonly string[]) {
  return sh`systemd-analyze calendar -- ${calendars} >/dev/null`
}

/** What a `systemdTimer` task may say, and the two unit files that it makes of it. */

import { z } from 'zod'
import { accountName } from '../accounts/account-name.ts'
import { ownFile } from '../files/own-file.ts'
import { renderUnit, unitSections } from './unit-sections.ts'

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

export const systemdTimerSchema = z
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
    /** Whether what was missed while the host was down is made up for after the boot; for times alone, default false. */
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

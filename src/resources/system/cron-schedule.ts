/** When cron runs something: five fields, or a word such as @daily, checked as cron itself would read them. */

import { z } from 'zod'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const words = ['@reboot', '@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually']

interface Field {
  readonly name: 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek'
  readonly first: number
  readonly last: number
  /** Names for the values from `first` on. */
  readonly names: readonly string[]
}

const fields: readonly Field[] = [
  { name: 'minute', first: 0, last: 59, names: [] },
  { name: 'hour', first: 0, last: 23, names: [] },
  { name: 'dayOfMonth', first: 1, last: 31, names: [] },
  { name: 'month', first: 1, last: 12, names: months },
  { name: 'dayOfWeek', first: 0, last: 7, names: days },
]

const field = z.union([z.int(), z.string()])

/** Text of five fields, a word, or the fields by name; those that are not said are `*`, but the minute must be. */
export const cronSchedule = z
  .union(
    [
      z.string(),
      z.strictObject({
        /** `0`, `'*'`, `'0-59/5'`, `'0,30'`. */
        minute: field,
        /** `0` to `23`. */
        hour: field.default('*'),
        /** `1` to `31`. */
        dayOfMonth: field.default('*'),
        /** `1` to `12` or `jan` to `dec`. */
        month: field.default('*'),
        /** `0` to `7`, where both are Sunday, or `sun` to `sat`. */
        dayOfWeek: field.default('*'),
      }),
    ],
    {
      error:
        'must be five fields, a word such as @daily, or an object with the minute at least: an hour alone would be sixty times',
    },
  )
  .transform((given, context) => {
    const text = typeof given === 'string' ? given : fields.map(({ name }) => given[name]).join(' ')
    const schedule = text.trim().split(/\s+/).join(' ')
    for (const message of complaintsAbout(schedule)) context.addIssue({ code: 'custom', message, input: given })
    return schedule
  })

function complaintsAbout(schedule: string): string[] {
  if (schedule.startsWith('@')) {
    return words.includes(schedule) ? [] : [`${schedule} is none of ${words.join(', ')}`]
  }
  const given = schedule.split(' ')
  if (given.length !== fields.length) {
    return [
      `${JSON.stringify(schedule)} has ${given.length} fields, not five: minute, hour, day of month, month, day of week`,
    ]
  }
  return fields.flatMap((one, index) => {
    const wrong = (given[index] ?? '').split(',').find((part) => !isRange(part, one))
    return wrong === undefined ? [] : [`${one.name}: ${describe(wrong, one)}`]
  })
}

/** A star, a value, or `from-to`; all but a single value may have a step after a slash: `0-59/5`. */
function isRange(part: string, { first, last, names }: Field): boolean {
  const match = /^(?:(?<all>\*)|(?<from>[a-z0-9]+)(?:-(?<to>[a-z0-9]+))?)(?:\/(?<every>\d+))?$/i.exec(part)
  if (!match?.groups) return false
  const { all, from = '', to, every } = match.groups
  if (every !== undefined && (Number(every) < 1 || (!all && to === undefined))) return false
  if (all) return true
  const value = (text: string) => (/^\d+$/.test(text) ? Number(text) : names.indexOf(text.toLowerCase()) + first)
  const isKnown = (text: string) => /^\d+$/.test(text) || names.includes(text.toLowerCase())
  const ends = [from, to ?? from]
  return (
    ends.every((end) => isKnown(end) && value(end) >= first && value(end) <= last) && value(from) <= value(to ?? from)
  )
}

function describe(part: string, { first, last, names }: Field): string {
  const named = names.length > 0 ? ` or ${names[0]} to ${names.at(-1)}` : ''
  return `${JSON.stringify(part)} is no value of ${first} to ${last}${named}, no range a-b, and no step such as */5 or a-b/5`
}

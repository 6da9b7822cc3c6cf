/** Schedules as cron reads them, and those it would refuse. */

import { expect, it } from 'vitest'
import { cronSchedule } from '../../../src/resources/system/cron-schedule.ts'

it.each([
  ['* * * * *', '* * * * *'],
  ['  0   3 * *\t7 ', '0 3 * * 7'],
  ['*/5,7 0-23/2 1,15 jan-MAR Sun', '*/5,7 0-23/2 1,15 jan-MAR Sun'],
  ['59 23 31 12 0', '59 23 31 12 0'],
  ['@reboot', '@reboot'],
  [{ minute: 0 }, '0 * * * *'],
  [{ minute: '*/10', hour: 3, dayOfMonth: '1-7', month: 'feb', dayOfWeek: 1 }, '*/10 3 1-7 feb 1'],
])('%j is %s', (given, text) => {
  expect(cronSchedule.parse(given)).toBe(text)
})

it.each([
  '',
  '* * * *',
  '* * * * * *',
  '60 * * * *',
  '-1 * * * *',
  '5-1 * * * *',
  '1/5 * * * *',
  '*/0 * * * *',
  '1,,2 * * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '* * * * noday',
  'a * * * *',
  '@never',
  '@Daily',
  { hour: 3 },
  { minute: '0 5' },
  5,
])('%j is refused', (given) => {
  expect(cronSchedule.safeParse(given).success).toBe(false)
})

/** A command that systemd runs on a schedule: a service and the timer that starts it. */

import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Query } from '../../plan/query.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { type Account, account } from '../accounts/account.query.ts'
import {
  applyFileState,
  type DesiredFile,
  diffFileState,
  parseFileState,
  writesFileState,
} from '../files/file-state.ts'
import { type FileStatus, fileStatus } from '../files/file-status.query.ts'
import type { Place } from '../files/place.ts'
import { type SystemdTimerDesired, systemdTimerSchema } from './systemd-timer-schema.ts'
import { type Unit, unit } from './unit.query.ts'
import { isUp, noSystemd } from './unit-state.ts'
import { verifyUnit } from './verify-unit.ts'

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
      return new Unavailable(`there is no user ${user}`, `Add user({ name: '${user}' }) before this task.`)
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

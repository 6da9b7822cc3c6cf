/** What the state of a unit means, and why a wish may be one that it cannot meet. */

import type { Need } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import type { Unit } from './unit.query.ts'
import { shortUnitName } from './unit-name.ts'

/** Why units cannot be spoken of at all. */
export const noSystemd = new Unavailable(
  'systemd does not answer',
  'Services need a host that was booted with systemd: `systemctl is-system-running` tells.',
)

/** Whether the unit is active; while it reloads it is. */
export function isUp({ active }: Unit): boolean {
  return active === 'active' || active === 'reloading' || active === 'refreshing'
}

/** Why the unit cannot be used, if it cannot. */
export function unusable(unit: Unit, name: string, toBeUnmasked: boolean): Unavailable | undefined {
  const { load, needsDaemonReload } = unit
  if (load === 'not-found') {
    return new Unavailable(
      `there is no unit ${name}`,
      `Install what brings it before this task, or look for its name: systemctl list-unit-files '*${shortUnitName(name)}*'`,
      [`unit ${name}`],
    )
  }
  if (load === 'masked' && !toBeUnmasked) {
    const hint = 'Somebody made it impossible to start; `masked: false` undoes that.'
    return new Unavailable(`${name} is masked`, hint, settingsOf(name))
  }
  if ((load === 'bad-setting' || load === 'error') && !needsDaemonReload) {
    const hint = `See why: systemd-analyze verify ${name}`
    return new Unavailable(`systemd cannot use ${name} (${load})`, hint, settingsOf(name))
  }
  return undefined
}

const unlistable: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  static: [
    'it is static: its file has no [Install] section',
    'It is started by other units; leave out `enabled`, or enable what starts it (a timer, a socket).',
  ],
  generated: [
    'it is generated: it has no unit file of its own',
    'Enable its origin (an init script: update-rc.d NAME enable), or give it a unit with systemdUnit.',
  ],
  transient: ['it is transient: it is gone after a boot', 'Give it a unit file with systemdUnit.'],
}

/** Why the unit cannot be enabled, if it cannot. */
export function cannotBeEnabled({ id, unitFile, needsDaemonReload }: Unit): Unavailable | undefined {
  const why = needsDaemonReload ? undefined : unlistable[unitFile]
  return why && new Unavailable(`${id} cannot be enabled: ${why[0]}`, why[1], settingsOf(id))
}

/** Why the unit cannot be kept active, if it cannot. */
export function cannotBeActive({ id, serviceType, remainsAfterExit, load }: Unit): Unavailable | undefined {
  if (load !== 'loaded' || serviceType !== 'oneshot' || remainsAfterExit) return undefined
  return new Unavailable(
    `${id} cannot be kept running: it is a oneshot, which ends when its work is done`,
    'Run it by a timer, or once by `service.restart`, or set RemainAfterExit=yes in its unit.',
    settingsOf(id),
  )
}

// Of a unit that is there: its file, and drop-ins.
function settingsOf(name: string): Need[] {
  return [`unit ${name}`, `path /etc/systemd/system/${name}.d`]
}

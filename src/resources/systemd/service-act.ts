/** Reloading and restarting units: acts, done whenever their turn comes, and proven afterwards. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Task, TaskOptions } from '../../model/task-tree.ts'
import { type Unit, unit } from './unit.query.ts'
import { shortUnitName, unitName } from './unit-name.ts'
import { drive, type UnitVerb } from './unit-scripts.ts'
import { isUp, noSystemd, unusable } from './unit-state.ts'

const schema = z.strictObject({ unit: unitName })

function act(type: 'reload' | 'restart', verb: UnitVerb, proof: (before: Unit, after: Unit) => string | undefined) {
  const factory = defineResource({
    type,
    schema,
    id: ({ unit }) => shortUnitName(unit),
    read: (desired) => ({ unit: unit(desired.unit) }),
    parse: ({ unit }, desired) => (unit ? (unusable(unit, desired.unit, false) ?? unit) : noSystemd),
    diff: (current) => [{ key: type, from: current.active, to: 'active' }],
    *apply(_changes, _desired, current) {
      yield drive(verb, current.id)
    },
    isAction: () => true,
    verifyAction: (before, after) => proof(before, after),
  })
  return Object.assign((name: string, options: TaskOptions = {}): Task => factory({ unit: name, ...options }), {
    resource: factory.resource,
  })
}

/** The act of making a unit read its configuration again; it is restarted if it cannot, and started if it is down. */
export const reload = act('reload', 'reload-or-restart', (before, after) => {
  return isUp(after) || endsByItself(before) ? undefined : downAfter('reload', after)
})

/** The act of restarting a unit; it is started if it is down. */
export const restart = act('restart', 'restart', (before, after) => {
  // systemctl has waited for its end and failed if it failed; systemd may have forgotten the rest already.
  if (endsByItself(before)) return after.active === 'failed' ? downAfter('restart', after) : undefined
  if (!isUp(after)) return downAfter('restart', after)
  return after.invocation === before.invocation ? `${after.id} still runs as it was started before` : undefined
})

function endsByItself({ serviceType, remainsAfterExit }: Unit): boolean {
  return serviceType === 'oneshot' && !remainsAfterExit
}

function downAfter(type: string, { id, active, sub, result }: Unit): string {
  return `${id} is ${active} (${sub}, ${result}) after the ${type}`
}

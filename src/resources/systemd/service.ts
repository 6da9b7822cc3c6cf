/** A systemd unit: running or not, enabled or not, masked or not. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Task, TaskOptions } from '../../model/task-tree.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import { type Command, sh } from '../../shell/command.ts'
import { type Unit, unit } from './unit.query.ts'
import { shortUnitName, unitName } from './unit-name.ts'
import { drive, type UnitVerb } from './unit-scripts.ts'
import { cannotBeActive, cannotBeEnabled, isUp, noSystemd, unusable } from './unit-state.ts'

const schema = z
  .strictObject({
    /** `nginx`, `nginx.service`, `backup.timer`. */
    name: unitName,
    /** Active now. */
    running: z.boolean().optional(),
    /** Started at boot. */
    enabled: z.boolean().optional(),
    /** Impossible to start. A unit that is masked is stopped by `running: false`, not by masking it. */
    masked: z.boolean().optional(),
  })
  .superRefine(({ running, enabled, masked }, context) => {
    const message =
      running === undefined && enabled === undefined && masked === undefined
        ? 'Say what it is to be: running, enabled or masked'
        : masked && (running || enabled)
          ? 'A masked unit cannot be running or enabled'
          : undefined
    if (message) context.addIssue({ code: 'custom', message })
  })

type Desired = z.output<typeof schema>

const resource = defineResource({
  type: 'service',
  schema,
  id: ({ name }) => shortUnitName(name),
  read: ({ name }) => ({ unit: unit(name) }),
  parse: ({ unit }, desired) => {
    if (!unit) return noSystemd
    const { name, running, enabled, masked } = desired
    const wanted = running || enabled
    return (
      (wanted && unusable(unit, name, masked === false)) ||
      (enabled && cannotBeEnabled(unit)) ||
      (running && cannotBeActive(unit)) ||
      unit
    )
  },
  provides: ({ name }) => [`unit ${name}`],
  diff,
  *apply(changes, desired, current): Iterable<Action> {
    const has = (key: string) => changes.some((change) => change.key === key)
    const { id } = current
    if (has('definition')) yield sh`systemctl daemon-reload`
    if (has('masked') && !desired.masked) yield sh`systemctl unmask -- ${id}`
    if (has('enabled') && desired.enabled) yield sh`systemctl enable -- ${id}`
    if (has('enabled') && !desired.enabled) yield disable(id)
    if (has('running')) yield desired.running ? drive('start', id) : sh`systemctl stop -- ${id}`
    if (has('masked') && desired.masked) yield sh`systemctl mask -- ${id}`
  },
})

const actionSchema = z.strictObject({ unit: unitName })

function action(type: 'reload' | 'restart', verb: UnitVerb, proof: (before: Unit, after: Unit) => string | undefined) {
  const factory = defineResource({
    type,
    schema: actionSchema,
    id: ({ unit }) => shortUnitName(unit),
    read: (desired) => ({ unit: unit(desired.unit) }),
    parse: ({ unit }, desired) => (unit ? (unusable(unit, desired.unit, false) ?? unit) : noSystemd),
    diff: (current) => [{ key: type, from: current.active, to: 'active' }],
    *apply(_changes, _desired, current) {
      yield drive(verb, current.id)
    },
    isAction: () => true,
    provides: (desired) => [`unit ${desired.unit}`],
    verifyAction: (before, after) => proof(before, after),
  })
  return Object.assign((name: string, options: TaskOptions = {}): Task => factory({ unit: name, ...options }), {
    resource: factory.resource,
  })
}

// Makes a unit read its configuration again; it is restarted if it cannot, and started if it is down.
const reload = action('reload', 'reload-or-restart', (before, after) => {
  return isUp(after) || endsByItself(before) ? undefined : downAfter('reload', after)
})

// A unit that is down is started.
const restart = action('restart', 'restart', (before, after) => {
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

/**
 * A unit of systemd. What is not said is left as it is.
 *
 * A start that does not last fails the task with the last lines of the unit's journal. A unit that cannot be enabled
 * (static, generated) or cannot stay active (a oneshot) is an error that says so. Where a unit's files have changed since
 * systemd read them, they are read first.
 *
 * `service.reload(name)` and `service.restart(name)` are actions, for handlers: they run whenever their turn comes.
 * Both start a unit that is not running; a unit that cannot reload is restarted.
 *
 * @example
 * ```ts
 * import { handler, service } from 'foobar-deploy'
 *
 * service({ name: 'nginx', running: true, enabled: true })
 * handler('reload nginx', service.reload('nginx'))
 * ```
 */
export const service = Object.assign(resource, { reload, restart })

function diff(current: Unit, { running, enabled, masked }: Desired): Change[] {
  const changes: Change[] = []
  if (current.needsDaemonReload) changes.push({ key: 'definition', from: 'changed on disk', to: 'read' })
  const isMasked = current.load === 'masked'
  if (masked !== undefined && masked !== isMasked) changes.push({ key: 'masked', from: isMasked, to: masked })
  const isEnabled = current.unitFile === 'enabled'
  const isOff = !isEnabled && current.unitFile !== 'enabled-runtime'
  if (enabled !== undefined && (enabled ? !isEnabled : !isOff)) {
    changes.push({
      key: 'enabled',
      from: isEnabled || (current.unitFile === 'disabled' ? false : current.unitFile),
      to: enabled,
    })
  }
  const isDown = current.active === 'inactive' || current.active === 'failed'
  if (running !== undefined && (running ? !isUp(current) : !isDown)) {
    changes.push({
      key: 'running',
      from: isUp(current) || (current.active === 'inactive' ? false : current.active),
      to: running,
    })
  }
  return changes
}

// A link in /run outlives the one in /etc, and one call removes only one of them.
function disable(id: string): Command {
  return sh`systemctl disable -- ${id} && case $(systemctl is-enabled -- ${id}) in
  enabled-runtime) systemctl disable --runtime -- ${id} ;;
esac`
}

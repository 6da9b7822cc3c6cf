/** Compiles an operation of a role into a playbook of its own, on the hosts that have the role. */

import { FoobarDeployError } from '../../errors.ts'
import { hostsIn, type Inventory } from '../../model/inventory.ts'
import { nearest } from '../../model/nearest.ts'
import type { AnyOperation, Confirmation, Member, OperationContext } from '../../model/operation.ts'
import type { Play } from '../../model/playbook.ts'
import { type Problem, problemsOf, refuse } from '../../model/problem.ts'
import type { RoleInstance } from '../../model/role.ts'
import type { VarOverride } from '../../model/vars.ts'
import { FactsNeeded } from './collect-problems.ts'
import { type Declared, declarePlays } from './declare-plays.ts'
import { type HostView, instanceOf, roleEntriesOf, roleScope } from './host-roles.ts'
import { createHostView } from './host-view.ts'

/** The operation that a person chose. */
export interface ChosenOperation {
  readonly role: string
  readonly name: string
  /** Its arguments, not checked yet. */
  readonly args: Readonly<Record<string, unknown>>
}

/** A role of an inventory with what it can do, and the hosts that have it. */
export interface RoleOperations {
  readonly role: string
  readonly operations: Readonly<Record<string, AnyOperation>>
  readonly hosts: readonly string[]
  /** The user of the play that the role is in first. */
  readonly become: string | false
}

/** An operation on its hosts. */
export interface CompiledOperation {
  /** The inventory with the plays of the operation in place of the playbook's. */
  readonly inventory: Inventory
  /** The hosts that have the role, in the inventory's order. */
  readonly hosts: readonly string[]
  readonly withoutUnreachable: boolean
  /**
   * Checks the hosts as they are. Throws if the operation is refused; otherwise its plays can be compiled from then on.
   * Returns what a person must confirm.
   */
  decide(view: HostView): Confirmation | undefined
}

/** The roles of an inventory that have operations. */
export function operationsOf(inventory: Inventory, overrides: readonly VarOverride[]): RoleOperations[] {
  return operationsIn(inventory, declaredFor(inventory, overrides))
}

function operationsIn(inventory: Inventory, declared: Declared): RoleOperations[] {
  const view = createHostView(inventory, declared, undefined)
  const placed = [...declared.hosts.keys()].flatMap((host) =>
    rolesOn(inventory, declared, view, host).map((one) => ({ host, ...one })),
  )
  const able = placed.filter(({ role }) => Object.keys(role.operations).length > 0)
  return [...Map.groupBy(able, ({ role }) => role.name)].map(([role, places]) => ({
    role,
    operations: places[0]?.role.operations ?? {},
    hosts: [...new Set(places.map(({ host }) => host))],
    become: places[0]?.play.become ?? 'root',
  }))
}

/** Compiles the chosen operation. What is wrong with its name or its arguments is an error before any connection. */
export function compileOperation(
  inventory: Inventory,
  overrides: readonly VarOverride[],
  chosen: ChosenOperation,
): CompiledOperation {
  const declared = declaredFor(inventory, overrides)
  const all = operationsIn(inventory, declared)
  const { operations, hosts, become } = find(all, chosen.role, 'role', ({ role }) => role)
  const entries = Object.entries(operations)
  const [, operation] = find(entries, chosen.name, `operation of ${chosen.role}`, ([name]) => name)
  const parsed = operation.args.safeParse(chosen.args)
  if (!parsed.success) throw wrongArguments(problemsOf(parsed.error, '', undefined, operation.args))
  const contextIn = (view: HostView): OperationContext<unknown, unknown> => ({
    args: parsed.data,
    members: hosts.map((name) => memberOf(inventory, declared, view, name, chosen.role)),
    hosts: (group = 'all') => hostsIn(inventory, group).map(view),
  })
  let decided: (OperationContext<unknown, unknown> & { readonly decision: unknown }) | undefined
  const plays = operation.plays.map(
    (play): Play => ({
      ...play,
      become: play.become ?? become,
      anyErrorsFatal: true,
      hosts: 'all',
      tasks: ({ host: { name } }) => {
        if (!decided) throw new FactsNeeded()
        const member = decided.members.find(({ host }) => host.name === name) as Member<unknown>
        return play.tasks({ ...decided, ...member })
      },
    }),
  )
  const name = `${chosen.role} ${chosen.name}`
  return {
    inventory: {
      ...inventory,
      playbook: { ...inventory.playbook, name, facts: [...declared.facts, ...operation.facts], plays: () => plays },
    },
    hosts,
    withoutUnreachable: operation.withoutUnreachable,
    decide: (view) => {
      const context = contextIn(view)
      const decision = operation.decide(context)
      decided = { ...context, decision }
      return operation.confirm(decision)
    },
  }
}

/** A role where it stands. */
interface PlacedRole {
  readonly play: Play
  readonly role: RoleInstance
}

function declaredFor(inventory: Inventory, overrides: readonly VarOverride[]): Declared {
  const declared = declarePlays(inventory, overrides, Object.keys(inventory.hosts))
  refuse(declared.problems)
  return declared
}

function memberOf(inventory: Inventory, declared: Declared, view: HostView, name: string, role: string) {
  const found = rolesOn(inventory, declared, view, name).find((placed) => placed.role.name === role)
  refuse(found?.role.problems ?? [])
  return { host: view(name), vars: found?.role.vars }
}

// A role that depends on facts is left out where they are not known yet.
function rolesOn(inventory: Inventory, declared: Declared, view: HostView, name: string): PlacedRole[] {
  const around = roleScope(inventory, declared, view, name)
  return roleEntriesOf(inventory, declared, name).flatMap(({ play, entry }) => {
    try {
      return [{ play, role: instanceOf(entry, around) }]
    } catch (thrown) {
      if (thrown instanceof FactsNeeded) return []
      throw thrown
    }
  })
}

function wrongArguments(problems: readonly Problem[]): FoobarDeployError {
  return new FoobarDeployError('usage', 'invalid-arguments', 'The arguments of the operation are wrong', {
    detail: problems.map(({ path, message }) => `${path}: ${message}`).join('; '),
    hint: 'foobar-deploy do ROLE OPERATION --help describes them.',
  })
}

function find<T>(all: readonly T[], wanted: string, what: string, nameOf: (one: T) => string): T {
  const found = all.find((one) => nameOf(one) === wanted)
  if (found) return found
  const names = all.map(nameOf)
  const similar = nearest(wanted, names)
  throw new FoobarDeployError('usage', 'unknown-operation', `There is no such ${what}`, {
    detail: wanted,
    hint:
      names.length === 0
        ? 'No role of this playbook has operations.'
        : `${similar ? `Did you mean ${similar}? ` : ''}There are: ${names.join(', ')}.`,
  })
}

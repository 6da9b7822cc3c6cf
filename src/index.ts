/** The public API: what playbooks, roles and inventories import from `foobar-deploy`. */
/// <reference types="node" preserve="true" />

// First, because a schema decides when it is made.
import './model/quick-validation.ts'

export { z } from 'zod'
export { FoobarDeployError } from './errors.ts'
export { defineFact, type Fact } from './model/fact.ts'
export type { Facts } from './model/facts.ts'
export { after, block, confirmOrRevert, flushHandlers, type TaskResult } from './model/flow.ts'
export { type Handler, handler } from './model/handler.ts'
export type { ConnectionSettings, Host } from './model/host.ts'
export { defineInventory, type Inventory } from './model/inventory.ts'
export type { Opening, OpeningInput } from './model/opening.ts'
export { type BatchSize, definePlaybook, type Play, type Playbook } from './model/playbook.ts'
export { defineRole, type RoleContext, type RoleInstance } from './model/role.ts'
export { secretValue } from './model/secret-value.ts'
export {
  type ProbeAnswer,
  type StatusCell,
  type StatusLevel,
  type StatusProbe,
  type StatusRow,
  statusProbe,
} from './model/status-probe.ts'
export { defineResource, type Task, type TaskList, type TaskOptions } from './model/task.ts'
export { type Change, compare } from './plan/change.ts'
export { defineQuery } from './plan/query.ts'
export { Unavailable } from './plan/resource.ts'
export * from './resources/factories.ts'
export { localCommand } from './resources/local-command.ts'
export { promptedSecret, secret, secretFromCommand, secretFromEnvironment } from './secrets/secret.ts'
export { secretText } from './secrets/secret-text.ts'
export { type Command, sh } from './shell/command.ts'
export { Secret } from './shell/secret.ts'
export { hostsFromAnsible } from './sources/hosts-from-ansible.ts'
export { hostsFromJson } from './sources/hosts-from-json.ts'
export { hostsFromVagrant } from './sources/hosts-from-vagrant.ts'
export { type Rendered, render } from './template/render.ts'

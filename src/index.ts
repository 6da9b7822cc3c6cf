/** The public API: what playbooks, roles and inventories import from `foobar-deploy`. */
/// <reference types="node" preserve="true" />

export { z } from 'zod'
export { FoobarDeployError } from './errors.ts'
export type { Facts } from './model/facts.ts'
export { handler } from './model/handler.ts'
export type { ConnectionSettings, Host } from './model/host.ts'
export { defineInventory, type Inventory } from './model/inventory.ts'
export { definePlaybook, type Play, type Playbook } from './model/playbook.ts'
export { defineRole, type RoleContext, type RoleInstance } from './model/role.ts'
export { defineResource, type Task, type TaskList, type TaskOptions } from './model/task.ts'
export { type Change, compare } from './plan/change.ts'
export { defineQuery } from './plan/query.ts'
export { Unavailable } from './plan/resource.ts'
export * from './resources/factories.ts'
export { type Command, sh } from './shell/command.ts'
export { Secret } from './shell/secret.ts'
export { type Rendered, render } from './template/render.ts'

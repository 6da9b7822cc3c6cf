/** Tasks: a resource with what is desired of it, as data. Nothing runs while they are built. */

import { z } from 'zod'
import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import type { Queries } from '../plan/query.ts'
import type { AnyResource, Resource } from '../plan/resource.ts'
import { callerLocation } from './origin.ts'
import { problemOfThrown, problemsOf } from './problem.ts'
import type { Task, TaskControls, TaskList, TaskNode, TaskOptions, TaskResult } from './task-tree.ts'

/** The name by which tasks are delegated to the machine that the toolkit runs on. */
export const controller = 'controller'

/** A function from what is desired to a task, as roles call it. */
export interface TaskFactory<Input, State = unknown> {
  (...given: Given<Input>): Task<State>
  readonly resource: AnyResource
}

// What has a default for everything needs nothing to be said.
type Given<Input> = object extends Input ? [desired?: Input & TaskOptions] : [desired: Input & TaskOptions]

const optionsSchema = z.object({
  title: z.string().min(1).optional(),
  notify: z.unknown().optional(),
  tags: z.array(z.string().min(1)).default([]),
  become: z.union([z.string().min(1), z.literal(false)]).optional(),
  unsafePath: z.boolean().optional(),
  timeoutMs: z.int().positive().optional(),
  runOnce: z.boolean().optional(),
  delegateTo: z.string().min(1).optional(),
  throttle: z.int().positive().optional(),
  retry: z
    .strictObject({
      attempts: z.int().min(2, 'counts the first one too, so it is at least 2'),
      delayMs: z.int().min(0).default(1000),
      until: z.custom<(result: TaskResult) => boolean>((value) => typeof value === 'function').optional(),
    })
    .optional(),
  ignoreFailure: z.boolean().optional(),
  ignoreUnreachable: z.boolean().optional(),
  confirm: z.string().min(1).optional(),
})
const optionNames = new Set<string>(Object.keys(optionsSchema.shape))

/**
 * Makes a resource usable in roles.
 *
 * @example
 * ```ts
 * import { compare, defineQuery, defineResource, sh, z } from 'foobar-deploy'
 *
 * const nodeName = defineQuery<string, string>({
 *   name: 'node-name',
 *   key: (operand) => operand,
 *   script: () => 'uname -n',
 *   parse: ({ stdout }, operands) => operands.map(() => stdout.toString().trim()),
 * })
 *
 * export const hostName = defineResource({
 *   type: 'hostName',
 *   schema: z.strictObject({ name: z.string() }),
 *   id: ({ name }) => name,
 *   read: () => ({ name: nodeName('') }),
 *   parse: ({ name }) => ({ name }),
 *   diff: (current, desired) => compare(current, desired, ['name']),
 *   *apply(_changes, { name }) {
 *     yield sh`hostnamectl set-hostname -- ${name}`
 *   },
 * })
 * ```
 */
export function defineResource<Input extends object, Desired, Asked extends Queries, State>(
  resource: Resource<Input, Desired, Asked, State>,
): TaskFactory<Input, State> {
  const factory = (...[input = {}]: [input?: object]): Task<State> =>
    makeTask<State>(resource as AnyResource, input, callerLocation())
  return Object.assign(factory, { resource: resource as AnyResource })
}

/** A task of `resource` from what the user wrote at `at`. */
export function makeTask<State>(resource: AnyResource, input: object, at: SourceLocation | undefined): Task<State> {
  const [given, own] = partition(input)
  const options = optionsSchema.safeParse(own)
  const desired = resource.schema.safeParse(given)
  const { type } = resource
  const problems = [
    ...(options.success ? [] : problemsOf(options.error, type, at)),
    ...(desired.success ? [] : problemsOf(desired.error, type, at, resource.schema)),
  ]
  let prepared = desired.data
  try {
    if (desired.success && resource.prepare) prepared = resource.prepare(desired.data, at)
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError)) throw thrown
    problems.push(problemOfThrown(thrown, type, at))
  }
  const { title, tags = [], notify: _notify, ...controls } = options.data ?? {}
  const notify = (own as TaskOptions).notify ?? []
  return {
    kind: 'task',
    resource,
    desired: prepared,
    title: title ?? (problems.length === 0 ? `${type} ${resource.id(prepared)}` : type),
    notify: 'kind' in notify ? [notify] : notify,
    tags,
    ...(definedOnly(controls) as TaskControls),
    ...definedOnly({ at }),
    problems,
  }
}

/** What stands in a list that is nested and holds conditions; blocks stay as they are. */
export function flattenTasks(list: TaskList): TaskNode[] {
  if (!Array.isArray(list)) throw notATask(list)
  return list.flatMap((item: TaskList[number]) => {
    if (!item) return []
    return typeof item === 'object' && 'kind' in item ? [item] : flattenTasks(item)
  })
}

function notATask(given: unknown): FoobarDeployError {
  const found = given instanceof Promise ? 'a promise' : typeof given === 'object' ? 'an object' : JSON.stringify(given)
  return new FoobarDeployError('definition', 'not-a-task', 'A list of tasks holds something else', {
    detail: found ?? `a ${typeof given}`,
    hint: 'Tasks are what apt, file, service and the other resources return; functions that return them are not async.',
  })
}

function partition(input: object): [given: object, options: object] {
  const entries = Object.entries(input)
  return [
    Object.fromEntries(entries.filter(([key]) => !optionNames.has(key))),
    Object.fromEntries(entries.filter(([key, value]) => optionNames.has(key) && value !== undefined)),
  ]
}

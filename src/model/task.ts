/** Tasks: a resource with what is desired of it, as data. Nothing runs while they are built. */

import { z } from 'zod'
import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import type { Queries } from '../plan/query.ts'
import type { AnyResource, Resource } from '../plan/resource.ts'
import type { Handler } from './handler.ts'
import { callerLocation } from './origin.ts'
import { type Problem, problemOfThrown, problemsOf } from './problem.ts'

/** What every task may say beside what it desires. */
export interface TaskOptions {
  /** A title of your own; by default the resource and what identifies it. (Not `name`: resources have names of their own.) */
  readonly title?: string
  /** Handlers to run at the end of the play if this task changes something. */
  readonly notify?: Handler | readonly Handler[]
  /** Names for `--tags` and `--skip-tags`. */
  readonly tags?: readonly string[]
  /** The user the task runs as; `false` for the one who connected. By default what the play says. */
  readonly become?: string | false
  /** How long each of its commands may take, in milliseconds, before the host ends it; by default as long as it wants. */
  readonly timeoutMs?: number
}

/** A task, ready to be planned or applied. */
export interface Task {
  readonly kind: 'task'
  readonly resource: AnyResource
  readonly desired: unknown
  readonly title: string
  readonly notify: readonly Handler[]
  readonly tags: readonly string[]
  readonly become?: string | false
  readonly timeoutMs?: number
  readonly at?: SourceLocation
  /** What is wrong with it; a run with such a task is refused before it starts. */
  readonly problems: readonly Problem[]
}

/** Tasks as roles and plays return them: lists may nest, and what is false or undefined is left out. */
export type TaskList = readonly (Task | TaskList | false | null | undefined)[]

/** A function from what is desired to a task, as roles call it. */
export interface TaskFactory<Input> {
  (desired: Input & TaskOptions): Task
  readonly resource: AnyResource
}

const optionsSchema = z.object({
  title: z.string().min(1).optional(),
  notify: z.unknown().optional(),
  tags: z.array(z.string().min(1)).default([]),
  become: z.union([z.string().min(1), z.literal(false)]).optional(),
  timeoutMs: z.int().positive().optional(),
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
): TaskFactory<Input> {
  const factory = (input: Input & TaskOptions): Task => makeTask(resource as AnyResource, input, callerLocation())
  return Object.assign(factory, { resource: resource as AnyResource })
}

/** A task of `resource` from what the user wrote at `at`. */
export function makeTask(resource: AnyResource, input: object, at: SourceLocation | undefined): Task {
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
  const { title, tags = [], become, timeoutMs } = options.data ?? {}
  const notify = (own as TaskOptions).notify ?? []
  return {
    kind: 'task',
    resource,
    desired: prepared,
    title: title ?? (problems.length === 0 ? `${type} ${resource.id(prepared)}` : type),
    notify: 'kind' in notify ? [notify] : notify,
    tags,
    ...definedOnly({ become, timeoutMs, at }),
    problems,
  }
}

/** The tasks of a list that is nested and holds conditions. */
export function flattenTasks(list: TaskList): Task[] {
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

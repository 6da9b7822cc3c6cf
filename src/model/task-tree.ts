/** The tree of tasks as roles and plays return it: types alone, because they refer to each other. */

import type { SourceLocation } from '../errors.ts'
import type { Change } from '../plan/change.ts'
import type { AnyResource } from '../plan/resource.ts'
import type { Status } from '../plan/status.ts'
import type { Problem } from './problem.ts'

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
  /** Lets root write where another user could redirect it: in a folder of theirs, or through a link of theirs. */
  readonly unsafePath?: boolean
  /** How long each of its commands may take, in milliseconds, before the host ends it; by default as long as it wants. */
  readonly timeoutMs?: number
  /** Only on the first host of the play (of the batch, in a rolling one). */
  readonly runOnce?: boolean
  /** Another host of the inventory on which it is done, or `controller`: this machine. */
  readonly delegateTo?: string
  /** On how many hosts at a time it may be applied. */
  readonly throttle?: number
  /** Tries again when it fails, or while `until` says no: at most `attempts` in all, `delayMs` apart (default 1,000). */
  readonly retry?: {
    readonly attempts: number
    readonly delayMs?: number
    readonly until?: (result: TaskResult) => boolean
  }
  /** A failure is told and counted, and the host goes on. */
  readonly ignoreFailure?: boolean
  /** With `delegateTo`: that host cannot be reached, which is told and counted, and this host goes on. */
  readonly ignoreUnreachable?: boolean
  /** A question that must be answered with yes, once in a run, before it is applied; `--yes` answers it. */
  readonly confirm?: string
}

/** What else a task can say, beside its title, handlers and tags. */
export type TaskControls = Omit<TaskOptions, 'title' | 'notify' | 'tags'>

/** A task, ready to be planned or applied. `State` is what is read of it. */
export interface Task<State = unknown> extends TaskControls {
  readonly kind: 'task'
  readonly resource: AnyResource
  readonly desired: unknown
  readonly title: string
  readonly notify: readonly Handler[]
  readonly tags: readonly string[]
  readonly at?: SourceLocation
  /** The type of what is read of it; there is no value. */
  readonly state?: State
  /** What is wrong with it; a run with such a task is refused before it starts. */
  readonly problems: readonly Problem[]
}

/** Tasks as roles and plays return them: lists may nest, and what is false or undefined is left out. */
export type TaskList = readonly (TaskNode | TaskList | false | null | undefined)[]

/** What stands in a list of tasks. */
export type TaskNode = Task | Block | Following | Flush | Revertible

/** Something to do after a change. Two handlers of one name on one host are the same handler. */
export interface Handler {
  readonly kind: 'handler'
  readonly name: string
  readonly tasks: readonly Task[]
}

/** How a task ended on a host. */
export interface TaskResult<State = unknown> {
  readonly status: Status
  /** Whether it changed something. */
  readonly changed: boolean
  readonly changes: readonly Change[]
  /** What its commands printed, both streams in one; empty where none ran. */
  readonly output: string
  /** What was read of it last; undefined where it was skipped or failed before it was read. */
  readonly state: State | undefined
}

/** Tasks with others for the case that one fails, and others for the end in any case. */
export interface Block {
  readonly kind: 'block'
  readonly tasks: TaskList
  readonly rescue: TaskList | undefined
  readonly always: TaskList
}

/** Tasks that are built when the result of an earlier one is there. */
export interface Following {
  readonly kind: 'following'
  readonly of: Task
  readonly tasks: (result: TaskResult) => TaskList
}

/** Runs the pending handlers. */
export interface Flush {
  readonly kind: 'flush'
}

/** Tasks whose effect is taken back by the host itself unless a new connection confirms it. */
export interface Revertible {
  readonly kind: 'revertible'
  readonly title: string
  readonly paths: readonly string[]
  readonly restore: string
  readonly keep?: string
  readonly withinMs: number
  readonly tasks: TaskList
}

/** Commands of your own, with the guard that tells whether they are due. */

import { defineResource } from '../model/task.ts'
import type { Change } from '../plan/change.ts'
import type { Query } from '../plan/query.ts'
import { Unavailable } from '../plan/resource.ts'
import { type FileStatus, fileStatus } from '../queries/file-status.ts'
import { exports, type GuardAnswer, guard } from '../queries/guard.ts'
import { type Command, sh, withInput } from '../shell/command.ts'
import { type CommandDesired, commandSchema } from './command-schema.ts'

interface State {
  readonly due: boolean
}

interface Asked {
  readonly [name: string]: Query<unknown>
  readonly path: Query<FileStatus | undefined>
  readonly guard: Query<GuardAnswer | undefined>
}

/**
 * A command for what no resource does. Its guard is read before and after: what still needs doing afterwards is a failure,
 * and a run in which it is not due costs no exchange. In a plan guards run too, where nothing can be written; a guard whose
 * program is not there yet leaves the outcome open.
 *
 * `run` and guards are for `sh`. With `always: true` it is an act, done whenever its turn comes: for handlers.
 *
 * @example
 * ```ts
 * import { command, sh } from 'foobar-deploy'
 *
 * command({ run: 'make install', cwd: '/usr/src/tool', creates: '/usr/local/bin/tool' })
 * command({ run: sh`timedatectl set-timezone ${'Europe/Berlin'}`, unless: 'grep -qx Europe/Berlin /etc/timezone' })
 * command({ run: 'newaliases', always: true })
 * ```
 */
export const command = defineResource({
  type: 'command',
  schema: commandSchema,
  id: ({ run }) => headline(typeof run === 'string' ? run : run.script),
  read: (desired): Asked => {
    const path = desired.creates ?? desired.removes
    const script = desired.unless ?? desired.onlyIf
    return {
      ...(path === undefined ? {} : { path: fileStatus({ path }) }),
      ...(script === undefined ? {} : { guard: guard({ ...desired, script }) }),
    } as Asked
  },
  parse: ({ path, guard }, desired): State | Unavailable => {
    if (path) return seen(path, desired)
    return guard ? judged(guard, desired) : { due: true }
  },
  diff: ({ due }, desired) => (due ? [changeOf(desired)] : []),
  *apply(_changes, desired) {
    yield commandOf(desired)
  },
  isAct: ({ always }) => always === true,
})

function seen(status: FileStatus, { creates, removes }: CommandDesired): State | Unavailable {
  if (status.kind === 'hidden') {
    return new Unavailable(`${creates ?? removes} cannot be seen by the user of this task`)
  }
  return { due: (status.kind === 'absent') === (creates !== undefined) }
}

function judged(answer: GuardAnswer, { unless, onlyIf, cwd }: CommandDesired): State | Unavailable {
  const shown = headline(unless ?? onlyIf ?? '')
  switch (answer.kind) {
    case 'no-folder':
      return new Unavailable(`the folder ${cwd}, where its guard is to run, cannot be entered`)
    case 'hung':
      return new Unavailable(`the guard did not end in time: ${shown}`, 'A guard must answer within seconds.')
    case 'not-reached':
      return new Unavailable('the guard was not run, because the guard of another task did not end in time')
    case 'status':
      if (answer.status === 126 || answer.status === 127) {
        return new Unavailable(
          `the guard cannot run what it calls (exit status ${answer.status}): ${shown}`,
          'Install what it calls before this task, and check its spelling.',
        )
      }
      return { due: (answer.status === 0) === (onlyIf !== undefined) }
  }
}

function changeOf({ run, creates, removes, unless, onlyIf }: CommandDesired): Change {
  if (creates !== undefined) return { key: 'creates', from: null, to: creates }
  if (removes !== undefined) return { key: 'removes', from: removes, to: null }
  if (unless !== undefined) return { key: 'unless', from: 'fails', to: 'succeeds' }
  if (onlyIf !== undefined) return { key: 'onlyIf', from: 'succeeds', to: 'fails' }
  return { key: 'run', from: null, to: headline(typeof run === 'string' ? run : run.script) }
}

function commandOf({ run, cwd, environment, input, okStatuses }: CommandDesired): Command {
  const text = typeof run === 'string' ? run : run.script
  const variables: Command = { kind: 'command', script: exports(environment) }
  // In a process of its own: what it does to itself ($$, exec, exit, an error of syntax) ends nothing else.
  const evaluated = sh`(cd -- ${cwd} || exit 1; ${variables}exec sh -c ${text})`
  const strict = okStatuses.length === 1 && okStatuses[0] === 0
  const accepted: Command = { kind: 'command', script: okStatuses.join(' | ') }
  const command = strict ? evaluated : sh`(${evaluated}; s=$?; case $s in ${accepted}) ;; *) exit "$s" ;; esac)`
  const given = input ?? (typeof run === 'string' ? undefined : run.input)
  return given === undefined ? command : withInput(command, given)
}

const longestHeadline = 60

function headline(text: string): string {
  const [line = '', ...rest] = text.trim().split('\n')
  const cut = line.length > longestHeadline ? `${line.slice(0, longestHeadline - 1)}…` : line
  return rest.length > 0 && !cut.endsWith('…') ? `${cut} …` : cut
}

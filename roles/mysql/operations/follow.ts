/** The last play of every operation: all servers that answer follow the primary. */

import type { Host, TaskList } from 'foobar-deploy'
import { placeOf } from '../place.ts'
import { replicationTasks } from '../replication.ts'
import { serverOf } from '../server-state.ts'
import type { MysqlVariables } from '../variables.ts'
import { openTask, writableTasks } from '../writable.ts'

/** What a task of an operation is for. */
export interface MemberContext {
  readonly host: Host
  readonly vars: MysqlVariables
  hosts(group?: string): readonly Host[]
}

/** The tasks that make a host the primary, or a replica of it. */
export function followTasks({ host, vars, hosts }: MemberContext, primary: Host): TaskList {
  if (serverOf(host).kind !== 'server') return []
  const place = placeOf(vars, host, hosts, primary)
  return [writableTasks(place), place.isPrimary ? openTask(place) : replicationTasks(place)]
}

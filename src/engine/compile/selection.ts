/** Selection: which hosts and which tasks a run is about. */

import { FoobarDeployError } from '../../errors.ts'
import { hostsIn, type Inventory } from '../../model/inventory.ts'
import { nearest } from '../../model/nearest.ts'
import type { RunRequest } from '../run-request.ts'
import type { CompiledPlay } from './compile-plays.ts'
import { type CompiledTask, filterNodes, tasksIn } from './compiled-play.ts'
import { playsFrom } from './start-at.ts'

/** The hosts that `limit` names, in the inventory's order: hosts, groups, and `!name` for those to leave out. */
export function selectHosts(inventory: Inventory, limit: readonly string[]): string[] {
  const known = [...Object.keys(inventory.hosts), ...Object.keys(inventory.groups), 'all']
  const resolve = (name: string) => {
    if (name in inventory.hosts) return [name]
    if (known.includes(name)) return hostsIn(inventory, name)
    const similar = nearest(name, known)
    throw new FoobarDeployError('usage', 'unknown-host', 'The inventory has no such host or group', {
      detail: name,
      hint: `${similar ? `Did you mean ${similar}? ` : ''}There are: ${known.join(', ')}.`,
    })
  }
  const left = limit.filter((name) => name.startsWith('!')).flatMap((name) => resolve(name.slice(1)))
  const named = limit.filter((name) => !name.startsWith('!')).flatMap(resolve)
  const wanted = named.length === 0 ? Object.keys(inventory.hosts) : named
  const hosts = Object.keys(inventory.hosts).filter((host) => wanted.includes(host) && !left.includes(host))
  if (hosts.length === 0) {
    throw new FoobarDeployError('usage', 'no-hosts', 'No host is left to work on', {
      detail: limit.length === 0 ? 'the inventory is empty' : `--limit ${limit.join(',')}`,
      hint: `What is left out outweighs what is named. There are: ${known.join(', ')}.`,
    })
  }
  return hosts
}

/** Throws where a tag that was asked for is that of no task: a misspelt one would do nothing, or all that was to be spared. */
export function refuseUnknownTags(
  plays: readonly CompiledPlay[],
  { tags, skipTags }: { readonly tags: readonly string[]; readonly skipTags: readonly string[] },
): void {
  const known = new Set(plays.flatMap((play) => [...play.tasks.values()].flat().flatMap((compiled) => compiled.tags)))
  const unknown = [...tags, ...skipTags].find((tag) => !known.has(tag))
  if (unknown === undefined) return
  const similar = nearest(unknown, [...known])
  const there = known.size === 0 ? 'They have no tags.' : `They have: ${[...known].sort().join(', ')}.`
  throw new FoobarDeployError('usage', 'unknown-tag', 'No task has the tag', {
    detail: unknown,
    hint: `${similar ? `Did you mean ${similar}? ` : ''}${there}`,
  })
}

/** Whether a task with these tags is to run; one tagged `always` runs unless skipped, one tagged `never` if asked for. */
function isSelected(tags: readonly string[], wanted: readonly string[], skipped: readonly string[]): boolean {
  if (tags.some((tag) => skipped.includes(tag))) return false
  if (tags.some((tag) => wanted.includes(tag))) return true
  if (tags.includes('never')) return false
  return wanted.length === 0 || tags.includes('always')
}

/** The plays with the tasks alone that were asked for, by tags and by where to start. */
export function selectTasks(
  plays: readonly CompiledPlay[],
  { tags, skipTags, startAt }: Pick<RunRequest, 'tags' | 'skipTags' | 'startAt'>,
): readonly CompiledPlay[] {
  const isWanted = (compiled: CompiledTask) => isSelected(compiled.tags, tags, skipTags)
  const selected = plays.map((play): CompiledPlay => {
    const nodes = new Map([...play.nodes].map(([host, list]) => [host, filterNodes(list, isWanted)]))
    return { ...play, nodes, tasks: new Map([...nodes].map(([host, list]) => [host, tasksIn(list)])) }
  })
  return startAt === undefined ? selected : playsFrom(selected, startAt)
}

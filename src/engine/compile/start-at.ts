/** Starting at a task: what comes before it is left out on every host. */

import { FoobarDeployError } from '../../errors.ts'
import { nearest } from '../../model/nearest.ts'
import type { CompiledPlay } from './compile-plays.ts'
import { type CompiledTask, filterNodes, tasksIn } from './compiled-play.ts'

/**
 * The plays from the first task on whose title is `wanted`, or is the only one that begins so; `role: title` is a title too.
 * The plays before the one that has it first on any host are left out. In that play each host begins at its own task of
 * that title; a host that has none there leaves the play out. The tasks that are left out stay known, for the handlers
 * that may be pending from an earlier run.
 */
export function playsFrom(plays: readonly CompiledPlay[], wanted: string): CompiledPlay[] {
  const isWanted = matching(plays, wanted)
  const first = plays.findIndex(({ nodes }) => [...nodes.values()].some((list) => tasksIn(list).some(isWanted)))
  return plays.map((play, position) => {
    if (position > first) return play
    const nodes = [...play.nodes].map(([host, list]) => {
      const tasks = tasksIn(list)
      const start = position < first ? -1 : tasks.findIndex(isWanted)
      const leftOut = new Set(start < 0 ? tasks : tasks.slice(0, start))
      // What is compiled on the way follows from a task that was not left out.
      return [host, start < 0 ? [] : filterNodes(list, (compiled) => !leftOut.has(compiled))] as const
    })
    return { ...play, nodes: new Map(nodes.filter(([, list]) => list.length > 0)) }
  })
}

function matching(plays: readonly CompiledPlay[], wanted: string): (compiled: CompiledTask) => boolean {
  const all = plays.flatMap(({ nodes }) => [...nodes.values()].flatMap(tasksIn))
  if (all.some((compiled) => namesOf(compiled).includes(wanted)))
    return (compiled) => namesOf(compiled).includes(wanted)
  const begun = all.filter((compiled) => namesOf(compiled).some((name) => name.startsWith(wanted)))
  const [title, ...others] = new Set(begun.map(({ reference }) => reference.title))
  if (title !== undefined && others.length === 0) return ({ reference }) => reference.title === title
  throw title === undefined ? unknown(wanted, all) : ambiguous(wanted, [title, ...others])
}

function namesOf({ reference: { title, role } }: CompiledTask): string[] {
  return role === undefined ? [title] : [title, `${role}: ${title}`]
}

const most = 10

function unknown(wanted: string, all: readonly CompiledTask[]): FoobarDeployError {
  const names = [...new Set(all.flatMap(namesOf))]
  const similar = nearest(wanted, names) ?? begunLike(wanted, names)
  return new FoobarDeployError('usage', 'unknown-task', 'No task title matches', {
    detail: wanted,
    hint: `${similar === undefined ? '' : `Did you mean ${JSON.stringify(similar)}? `}foobar-deploy list --tasks names them all.`,
  })
}

// The beginning may be misspelt too.
function begunLike(wanted: string, names: readonly string[]): string | undefined {
  const cut = (name: string) => name.slice(0, wanted.length)
  const similar = nearest(wanted, names.map(cut))
  return names.find((name) => cut(name) === similar)
}

function ambiguous(wanted: string, titles: readonly string[]): FoobarDeployError {
  const rest = titles.length - most
  return new FoobarDeployError('usage', 'ambiguous-task', 'Several task titles match', {
    detail: `${wanted}\n${titles
      .slice(0, most)
      .map((title) => `  ${title}`)
      .join('\n')}${rest > 0 ? `\n  and ${rest} more` : ''}`,
    hint: 'Give the title in full.',
  })
}

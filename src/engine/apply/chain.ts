/** Chains: the steps of a group of tasks as sections, each of which runs only if those before it succeeded. */

import { posix } from 'node:path'
import { definedOnly } from '../../errors.ts'
import type { Action, MadeFile, Receive } from '../../plan/action.ts'
import { type PathUse, staysRoots } from '../../plan/path-use.ts'
import type { Section } from '../../protocol/section.ts'
import { refuseUnsafe } from '../../resources/files/path-safety.query.ts'
import type { Drifted } from '../read/reading.ts'

/** The steps of a group, and whose they are. */
export interface Chain {
  readonly members: readonly Drifted[]
  readonly sections: readonly Section[]
  /** The member that a section belongs to; undefined for sections of the chain's own. */
  ownerOf(section: number): Drifted | undefined
  /** The index after the last section of `member`. */
  endOf(member: Drifted): number
}

/**
 * The chain that applies `group`, after a `first` step of its own. Where the resource can, it is one transaction. Files that
 * are to be made are made now; rejects where that fails.
 */
export async function chainFor(group: readonly Drifted[], first: string | undefined): Promise<Chain> {
  const opening = [safetyOf(group), first].filter((script) => script !== undefined)
  const sections: Section[] = opening.length === 0 ? [] : [{ kind: 'run', script: opening.join(' || exit\n') }]
  const ends = new Map<Drifted, number>()
  const begin = sections.length
  for (const { members, actions } of shares(group)) {
    // What a member before it did may have made its path unsafe.
    const again = isTouchedByEarlier(members, group) ? safetyOf(members) : undefined
    if (again !== undefined) sections.push({ kind: 'run', script: again })
    const timeoutMs = Math.max(...members.map(({ compiled }) => compiled.task.timeoutMs ?? 0)) || undefined
    for (const action of actions) sections.push(await sectionOf(action, timeoutMs))
    for (const member of members) ends.set(member, sections.length)
  }
  return {
    members: group,
    sections,
    ownerOf: (section) => (section < begin ? undefined : group.find((member) => section < (ends.get(member) ?? 0))),
    endOf: (member) => ends.get(member) ?? begin,
  }
}

function safetyOf(members: readonly Drifted[]): string | undefined {
  const uses = members.flatMap(usesOf)
  return uses.length === 0 ? undefined : refuseUnsafe(uses)
}

function usesOf({ compiled: { task }, reading }: Drifted): readonly PathUse[] {
  return task.unsafePath ? [] : (task.resource.writes?.(task.desired, reading.state) ?? [])
}

// Below a path of an earlier member; or one of them has given something away, which a link may lead into.
function isTouchedByEarlier([first]: readonly Drifted[], group: readonly Drifted[]): boolean {
  if (!first) return false
  const earlier = group.slice(0, group.indexOf(first)).flatMap(usesOf)
  if (earlier.some(({ owner, isOpened }) => isOpened || !staysRoots(owner))) return true
  const above = earlier.map(({ path }) => `${posix.normalize(path)}/`)
  return usesOf(first).some(({ path }) => above.some((folder) => posix.normalize(path).startsWith(folder)))
}

function shares(group: readonly Drifted[]): { members: readonly Drifted[]; actions: Iterable<Action> }[] {
  const resource = group[0]?.compiled.task.resource
  if (resource?.applyTogether && group.length > 1) {
    const applications = group.map(({ compiled, reading }) => ({
      desired: compiled.task.desired,
      current: reading.state,
      changes: reading.changes,
    }))
    return [{ members: group, actions: resource.applyTogether(applications) }]
  }
  return group.map((member) => {
    const { task } = member.compiled
    const { state, changes } = member.reading
    return { members: [member], actions: task.resource.apply(changes, task.desired, state) }
  })
}

async function sectionOf(action: Action, timeoutMs: number | undefined): Promise<Section> {
  if (action.kind === 'receive') {
    const { kind, path, content } = action
    return { kind, path, content: isMade(content) ? await content.make() : content }
  }
  return { kind: 'run', script: action.script, ...definedOnly({ input: action.input, timeoutMs }) }
}

function isMade(content: Receive['content']): content is MadeFile {
  return typeof content === 'object' && 'make' in content
}

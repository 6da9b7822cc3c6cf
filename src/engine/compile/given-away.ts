/** Finds tasks of root that write into folders which the tasks themselves give to another user, before any host is asked. */

import { definedOnly } from '../../errors.ts'
import type { Problem } from '../../model/problem.ts'
import { staysRoots } from '../../plan/path-use.ts'
import type { CompiledTask } from './compiled-play.ts'

/** Resources whose path is a folder that belongs to its owner as a whole. */
const folders: readonly string[] = ['directory', 'archive', 'artifact']

/** The problems of a host's tasks, in their order. Whether a login user is root is not known here, so those are left out. */
export function givenAway(tasks: readonly CompiledTask[]): Problem[] {
  const owners = new Map<string, string>()
  return tasks.flatMap(({ task, user }) => {
    const { resource, desired, problems, unsafePath, delegateTo, at, title } = task
    if (problems.length > 0 || delegateTo !== undefined) return []
    const uses = resource.writes?.(desired) ?? []
    const found: Problem[] = []
    const refuse = (folder: string, owner: string) =>
      found.push({
        subject: title,
        path: '',
        message: `would make root write in ${folder}, which belongs to ${owner}: write become: '${owner}' in the task, or unsafePath: true`,
        ...definedOnly({ at }),
      })
    for (const { path, owner = '', isEntered } of uses) {
      const [folder, other] = [...owners].find(([above]) => path.startsWith(`${above}/`)) ?? []
      const isWatched = user === 'root' && !unsafePath
      if (isWatched && folder !== undefined && other !== undefined) refuse(folder, other)
      else if (isWatched && isEntered && owners.has(path)) refuse(path, owners.get(path) ?? '')
      else if (isWatched && isEntered && owner !== '' && !staysRoots(owner)) refuse(path, owner)
      if (!folders.includes(resource.type)) continue
      if (owner !== '' && !staysRoots(owner)) owners.set(path, owner)
      else if (owner !== '') owners.delete(path)
    }
    return found.slice(0, 1)
  })
}

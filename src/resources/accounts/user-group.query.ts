/** Asks for groups: by name with one `getent group`, or all of them with another. */

import { defineQuery, type Output, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** A group as the host knows it. */
export interface UserGroup {
  readonly name: string
  readonly gid: number
  /** Those whose first group it is are not among them. */
  readonly members: readonly string[]
}

export const userGroupQuery: QueryKind<string, UserGroup | undefined> = {
  name: 'user-group',
  key: (name) => name,
  script: (names) => `getent group -- ${names.map(quote).join(' ')}`,
  parse: (output, names) => {
    const groups = parseGroups(output)
    return names.map((name) => groups.find((group) => group.name === name))
  },
}

/** The group of a name; undefined where there is none. */
export const userGroup = defineQuery(userGroupQuery)

export const allUserGroupsQuery: QueryKind<'all', readonly UserGroup[]> = {
  name: 'all-user-groups',
  key: (all) => all,
  script: () => 'getent group',
  parse: (output, operands) => operands.map(() => parseGroups(output)),
}

/** Every group; those of a directory service that does not list its groups are lacking. */
export const allUserGroups = defineQuery(allUserGroupsQuery)

function parseGroups({ stdout }: Output): UserGroup[] {
  const rows = stdout
    .toString()
    .split('\n')
    .filter((row) => row !== '')
  return rows.map((row) => {
    const [name = '', , gid, members = ''] = row.split(':')
    return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }
  })
}

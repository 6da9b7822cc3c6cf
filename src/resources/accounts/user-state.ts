/** What is read of a user. */

import type { Account } from './account.query.ts'
import type { Password } from './password.query.ts'

/** What a host knows of a user. */
export interface UserState {
  readonly account?: Account | undefined
  /** The first group's name, or its number where that has none. */
  readonly group?: string
  /** Further groups, sorted. */
  readonly groups: readonly string[]
  readonly password?: Password | undefined
  /** Whether there is a group of the user's own name. */
  readonly hasNamesake: boolean
}

/** How a resource is tried on a real host: what is applied, how it is spoilt by hand, what must then be repaired. */

import type { Task } from 'foobar-deploy'

/** One resource on a real host. */
export interface Row {
  readonly task: Task
  /** What is done by hand to what was applied. */
  readonly drift: string
  /** The keys of the changes that repair it, all of them. */
  readonly repaired: readonly string[]
  /** The task that removes it again, and a command that succeeds when it is gone; null where the resource cannot. */
  readonly removal: { readonly task: Task; readonly gone: string } | null
}

/** The rows in the order in which they are applied, by the type of the resource and, after it, what is special. */
export type Rows = Readonly<Record<string, Row>>

/** What must not be told anywhere. */
export const secrets = {
  hash: '$6$rowsrows$sWrbY400VniY/kWtny.1cnsvOkf8gBfWA5gvI2jYYMAY/J4gN7TVlo2qHCUeN/jiXqctxHHQ8Sk24mn5h6Uig/',
  text: 'correct horse battery',
}

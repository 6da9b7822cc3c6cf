/** Asks for users: one `getent passwd` for any number of them. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** A user as the host knows it. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly comment: string
  readonly home: string
  readonly shell: string
  /** Whether the home is there and is a folder. */
  readonly homeExists: boolean
}

export const accountQuery: QueryKind<string, Account | undefined> = {
  name: 'account',
  key: (name) => name,
  script: (names) =>
    `getent passwd -- ${names.map(quote).join(' ')} | while IFS= read -r row; do
  home=\${row%:*} home=\${home##*:}
  if [ -d "$home" ]; then there=+; else there=-; fi
  printf '%s\\n' "$there$row"
done`,
  parse: ({ stdout }, names) => {
    const accounts = new Map(
      stdout
        .toString()
        .split('\n')
        .filter((row) => row !== '')
        .map(parseRow)
        .map((account) => [account.name, account]),
    )
    return names.map((name) => accounts.get(name))
  },
}

/** The user of a name; undefined where there is none. */
export const account = defineQuery(accountQuery)

function parseRow(row: string): Account {
  const [name = '', , uid, gid, comment = '', home = '', shell = ''] = row.slice(1).split(':')
  return { name, uid: Number(uid), gid: Number(gid), comment, home, shell, homeExists: row.startsWith('+') }
}

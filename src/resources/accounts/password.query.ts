/** Asks for passwords of users: one `getent shadow`, and a digest instead of each hash, which stays on the host. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** What may be known of a password. */
export interface Password {
  /** Whether it is locked, by a `!` before the hash, or `*`, which no password matches. */
  readonly locked: boolean
  /** SHA-256 of the hash without the lock; undefined where there is no hash. */
  readonly digest: string | undefined
}

export const passwordQuery: QueryKind<string, Password | undefined> = {
  name: 'password',
  key: (name) => name,
  script: (names) =>
    // printf is a builtin, so the hash is on nobody's argument list.
    `getent shadow -- ${names.map(quote).join(' ')} | while IFS=: read -r name hash _; do
  case $hash in '!'* | '*'*) lock=locked ;; *) lock=open ;; esac
  while :; do case $hash in '!'*) hash=\${hash#!} ;; *) break ;; esac; done
  case $hash in '' | '*'*) digest=- ;; *) digest=$(printf %s "$hash" | sha256sum) ;; esac
  echo "$name:$lock:\${digest%% *}"
done`,
  parse: ({ stdout }, names) => {
    const rows = stdout
      .toString()
      .split('\n')
      .map((row) => row.split(':'))
    return names.map((asked) => {
      const row = rows.find(([name]) => name === asked)
      return row && { locked: row[1] === 'locked', digest: row[2] === '-' ? undefined : row[2] }
    })
  },
}

/** The password of a user; undefined where the host knows none, or the user of the task may not see it. */
export const password = defineQuery(passwordQuery)

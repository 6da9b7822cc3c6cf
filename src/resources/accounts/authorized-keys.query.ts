/** Asks for the keys that can log in as users: one `getent` and one `stat` for any number of users. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** A folder or file on the way to the keys, itself, not what a link leads to. */
export interface KeyPath {
  /** `directory`, `regular file`, `regular empty file`, `symbolic link`. */
  readonly type: string
  /** Four octal digits. */
  readonly mode: string
  readonly uid: number
}

/** What `~/.ssh/authorized_keys` of a user is. */
export interface AuthorizedKeys {
  readonly uid: number
  readonly gid: number
  readonly home: string
  readonly homeExists: boolean
  /** `~/.ssh`. */
  readonly folder: KeyPath | undefined
  readonly file: KeyPath | undefined
  /** The lines of the file; none where it is a link, which the user might have made to lead anywhere. */
  readonly lines: readonly string[]
  /** The file is longer than what is read of it. */
  readonly isCut?: true
}

// The user may make the file as long as the disk, or put a pipe in its place while it is read.
const longestBytes = 1024 * 1024

export const authorizedKeysQuery: QueryKind<string, AuthorizedKeys | undefined> = {
  name: 'authorized-keys',
  key: (user) => user,
  script: (users) => `getent passwd -- ${users.map(quote).join(' ')} | {
set --
while IFS=: read -r name _ uid gid _ home _; do
  if [ -d "$home" ]; then there=yes; else there=no; fi
  printf 'user %s\\n' "$name:$uid:$gid:$there:$home"
  folder=$home/.ssh file=$home/.ssh/authorized_keys
  if [ -e "$folder" ] || [ -L "$folder" ]; then set -- "$@" "$folder"; fi
  if [ -e "$file" ] || [ -L "$file" ]; then set -- "$@" "$file"; fi
  if ! [ -L "$folder" ] && ! [ -L "$file" ] && [ -f "$file" ] && [ -r "$file" ]; then
    timeout 5 dd "if=$file" iflag=nofollow,nonblock,fullblock bs=${longestBytes} count=1 status=none 2>/dev/null | sed 's/^/line /'
    echo
  fi
done
[ $# = 0 ] || LC_ALL=C stat -c 'path %F:%a:%u:%n' -- "$@"
}`,
  parse: ({ stdout }, users) => {
    const rows = stdout.toString().split('\n')
    const paths = new Map(rows.filter((row) => row.startsWith('path ')).map(parsePath))
    const found = new Map<string, AuthorizedKeys & { lines: string[]; isCut?: true }>()
    let last: { lines: string[]; isCut?: true } = { lines: [] }
    let bytes = 0
    for (const row of rows) {
      if (row.startsWith('user ')) {
        const [name = '', uid, gid, there, ...home] = row.slice(5).split(':')
        const path = home.join(':')
        const keys = {
          uid: Number(uid),
          gid: Number(gid),
          home: path,
          homeExists: there === 'yes',
          folder: paths.get(`${path}/.ssh`),
          file: paths.get(`${path}/.ssh/authorized_keys`),
          lines: [],
        }
        found.set(name, keys)
        last = keys
        bytes = 0
      } else if (row.startsWith('line ')) {
        last.lines.push(row.slice(5))
        bytes += Buffer.byteLength(row) - 4
        if (bytes >= longestBytes) last.isCut = true
      }
    }
    return users.map((user) => found.get(user))
  },
}

/** The keys of a user; undefined where there is no such user. */
export const authorizedKeys = defineQuery(authorizedKeysQuery)

function parsePath(row: string): [path: string, found: KeyPath] {
  const [type = '', mode = '', uid, ...path] = row.slice(5).split(':')
  return [path.join(':'), { type, mode: mode.padStart(4, '0'), uid: Number(uid) }]
}

/** What a task needs of a host, what an earlier task may provide, and whether the two fit. */

import { posix } from 'node:path'

/**
 * Something that is lacking: `path /srv/app`, `user www-data`, `unit nginx.service`. An `account` is one of a database; an
 * `answer` is what a service says. Both may be lacking on another host.
 */
export type Need =
  `${'path' | 'program' | 'unit' | 'user' | 'group' | 'package' | 'setting' | 'account' | 'answer'} ${string}`

/**
 * Something that a change may bring: the same, with `*` for any name; `tree /srv/app` is the path and all paths below it.
 * `anything` is for what nobody can tell, such as a command.
 */
export type Provision = Need | `tree ${string}` | 'anything'

/** The fit of what may bring it, and of what names it. */
export const anyFit = 1
export const namedFit = Number.POSITIVE_INFINITY

/** How closely a change that brings `provision` fits what is needed: 0 if not at all. */
export function fitOf(provision: Provision, need: Need): number {
  if (provision === 'anything') return anyFit
  const [kind, name] = split(need)
  const [given, pattern] = split(provision)
  // What a service says may hang on its files, its users and other services.
  if (kind === 'answer') return anyFit
  if (given === kind) return pattern === name ? namedFit : pattern === '*' ? 2 : 0
  const paths = placesOf(kind, name)
  if (/^(path|tree)$/.test(given) && paths.includes(pattern)) return namedFit
  return given === 'tree' && paths.some((path) => path.startsWith(`${pattern}/`)) ? 2 + pattern.length : 0
}

/** Whether it may be lacking on another host than the one that needs it. */
export function isElsewhere(need: Need): boolean {
  return /^(account|answer) /.test(need)
}

/** A path and the folders above it, without the root. */
export function pathAndAbove(path: string): Need[] {
  return path === '/' || path === '.' ? [] : [`path ${path}`, ...pathAndAbove(posix.dirname(path))]
}

const programFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const unitFolders = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
]

// The paths at which it would be found. An instance of a unit has the file of its template.
function placesOf(kind: string, name: string): string[] {
  switch (kind) {
    case 'path':
      return [name]
    case 'program':
      return programFolders.map((folder) => `${folder}/${name}`)
    case 'unit':
      return unitFolders.flatMap((folder) => [`${folder}/${name}`, `${folder}/${name.replace(/@[^.]*\./, '@.')}`])
    default:
      return []
  }
}

function split(text: string): [kind: string, name: string] {
  const space = text.indexOf(' ')
  return [text.slice(0, space), text.slice(space + 1)]
}

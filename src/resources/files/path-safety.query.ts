/** Asks whether root can write to paths without another user turning them elsewhere: one `stat` for all of them. */

import { type PathUse, staysRoots } from '../../plan/path-use.ts'
import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'

/** The part of a path that is in another user's power. */
export interface UnsafePart {
  readonly path: string
  /**
   * `owner`: a folder of another user. `group`, `everybody`: others may write to it; `list`: by an access control list. `link`: a symbolic link of another user.
   * `absent`: everybody may make it. `entered`: the task itself gives the folder to another user, and still has to write in
   * it. `given`: it would be another user's in a folder where everybody may rename what is theirs.
   */
  readonly why: 'owner' | 'group' | 'everybody' | 'list' | 'link' | 'absent' | 'entered' | 'given'
  /** Names, or numbers where the host knows no name. */
  readonly owner: string
  readonly group: string
  readonly mode: string
}

/** Folders that the distribution itself opens to a group of its own: `PATH:GROUP`, as patterns for the shell. */
const openedBySystem = '/var/log:syslog | /var/local:staff | /usr/local:staff | /usr/local/*:staff'

/**
 * POSIX sh that looks at folders and links and calls `report` for each that is not root's alone, with `$l` the label, `$c` a
 * letter, `$a` the mode, `$o` the owner, `$g` the group and `$1` the path; or `moved` where one went away meanwhile. Labels:
 * `t` for a part that is passed, `e` for the end, its number, and `>` for what a link leads through. Letters: `o` another
 * user's, `w` others may write to it, `x` an access control list may let them, `s` the same with the sticky bit, `l` root's link, `L` another user's, `a` absent.
 *
 * What an access control list lets others do is shown as what the group may do. Its entries are not read: a folder that has one
 * and looks open to the group counts as open to others.
 *
 * A parent is looked at before what is in it. Once root alone may write to the parent, nobody else can replace what is in
 * it, so that what is found stays true.
 */
function lookAt(uses: readonly PathUse[], otherwise: string): string {
  const { paths, through, followed } = arrange(uses)
  return `[ -O / ] || { ${otherwise}; exit; }
LC_ALL=C; export LC_ALL
classify() {
  [ $# -gt 0 ] || return 0
  stat -c '%u:%g:%a:%F' -- "$@" 2>/dev/null | {
    while IFS=: read -r u g a k; do
      l=\${t%%' '*} t=\${t#*' '} c=
      case $u:$k in
        0:symbolic*) c=l ;;
        *:symbolic*) c=L ;;
        0:directory)
          case $g:$a in
            *:[1357]??[2367] | [!0]*:[1357]?[2367]?) c=s ;;
            *:*[2367]) c=w ;;
            [!0]*:*[2367]?) case $1:$(stat -c %G -- "$1") in ${openedBySystem}) ;; *) c=w ;; esac ;;
          esac
          case $c$a in [!sw]*[2367]?) case $(ls -ld -- "$1") in ??????????+*) case $a in [1357]???) c=s ;; *) c=x ;; esac ;; esac ;; esac ;;
        0:*) ;;
        *) c=o ;;
      esac
      case $c in
        [owxL]) o=$(stat -c %U -- "$1") g=$(stat -c %G -- "$1"); case $o in '' | UNKNOWN) o=$u ;; esac; report "$1" ;;
        ?) o= g=; report "$1" ;;
      esac
      shift
    done
    [ $# = 0 ] || moved
    [ -z "$bad" ]
  }
}
walk() {
  e=$1 i=$2 rest=\${3#/} at= hops=0 t=
  set --
  while [ -n "$rest" ]; do
    part=\${rest%%/*}
    case $rest in */*) rest=\${rest#*/} ;; *) rest= ;; esac
    case $part in '' | .) continue ;; esac
    if [ -n "$at" ] && [ -e "$at" ]; then set -- "$@" "$at"; t="\${t}t$i> "; fi
    if [ "$part" = .. ]; then at=\${at%/*}; continue; fi
    if [ -L "$at/$part" ]; then
      set -- "$@" "$at/$part"
      t="\${t}t$i> " hops=$((hops + 1))
      [ $hops -le 40 ] || break
      to=$(readlink -n -- "$at/$part"; echo .) to=\${to%.}
      case $to in /*) at= ;; esac
      rest=$to/$rest
    else
      at=$at/$part
    fi
  done
  if [ -n "$at" ] && [ -e "$at" ]; then set -- "$@" "$at"; t="$t$e$i> "; fi
  classify "$@"
}
set -- ${paths.map(quote).join(' ')}
i=0 n=$# t= bad=
for p do
  i=$((i + 1)) e=e
  if [ $i -le ${through} ]; then e=t; fi
  if [ -L "$p" ] && [ $i -le ${followed} ]; then
    set -- "$@" "$p"; t="\${t}t$i "
    ( walk $e $i "$p" ) || bad=yes
  elif [ -e "$p" ] || [ -L "$p" ]; then
    set -- "$@" "$p"; t="$t$e$i "
  elif [ $e = t ]; then
    l=t$i c=a a= o= g=; report "$p"
  fi
done
shift $n
classify "$@"`
}

export const pathSafetyQuery: QueryKind<PathUse, UnsafePart | undefined> = {
  name: 'path-safety',
  key: ({ path, follow, isEntered, isOpened, isRemoved, owner }) =>
    JSON.stringify([path, !!follow, !!isEntered, !!isOpened, !!isRemoved, owner ?? '']),
  script: (uses) => `report() { printf '%s:%s:%s:%s:%s:%s\\0' "$l" "$c" "$a" "$o" "$g" "$1"; }
moved() { printf 'moved\\0'; }
${lookAt(uses, String.raw`printf 'user\0'`)}`,
  parse: (output, uses) => {
    const rows = output.stdout.toString().split('\0').slice(0, -1)
    if (rows[0] === 'user') return uses.map(() => undefined)
    if (output.status !== 0 || rows.includes('moved')) throw unexpectedAnswer('the folders on the way to paths', output)
    const { paths } = arrange(uses)
    const found = Map.groupBy(rows.map(foundIn), ({ index }) => paths[index])
    return uses.map((use) => unsafePartOf(use, (path) => found.get(path) ?? []))
  },
}

/** What makes a path unsafe for root; undefined where nothing does, or where another user asks. */
export const pathSafety = defineQuery(pathSafetyQuery)

/** The exit status of {@link refuseUnsafe}, which is no other program's. */
export const becameUnsafe = 76

/** POSIX sh that fails where one of the paths has become unsafe for root: run right before they are written to. */
export function refuseUnsafe(uses: readonly PathUse[]): string {
  return `(
report() {
  case $l$c in
    t*o) echo "unsafe path: $1 belongs to $o" >&2; bad=yes ;;
    t*w) echo "unsafe path: $1 can be written to by others than root (mode $a, group $g)" >&2; bad=yes ;;
    t*x) echo "unsafe path: $1 has an access control list by which others than root may write to it" >&2; bad=yes ;;
    t*L) echo "unsafe path: $1 is a symbolic link that belongs to $o" >&2; bad=yes ;;
  esac
}
moved() { echo 'unsafe path: a folder went away while it was looked at' >&2; bad=yes; }
${lookAt(uses, ':')}
) || { (exit ${becameUnsafe}); }`
}

/** The parts of all paths, parents first: `through` of them are passed, those up to `followed` are followed if they are links. */
function arrange(uses: readonly PathUse[]): { paths: readonly string[]; through: number; followed: number } {
  const folders = new Set(uses.flatMap(foldersOf))
  const ends = uses.filter(({ path, isEntered }) => !isEntered && !folders.has(path))
  const followed = new Set(ends.filter(({ follow }) => follow).map(({ path }) => path))
  const plain = new Set(ends.map(({ path }) => path).filter((path) => !followed.has(path)))
  return {
    paths: [...[...folders].sort(), ...followed, ...plain],
    through: folders.size,
    followed: folders.size + followed.size,
  }
}

/** The folders that a path leads through, from the root. */
function foldersOf({ path, isEntered }: PathUse): string[] {
  const names = path.split('/').slice(1, isEntered ? undefined : -1)
  return ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`).filter((folder) => folder !== '/')]
}

interface Found extends Omit<UnsafePart, 'why'> {
  readonly index: number
  readonly letter: string
  /** It was found by following the link. */
  readonly isBehind: boolean
  readonly isPassed: boolean
}

function foundIn(row: string): Found {
  const [, role, number, behind, letter = '', mode = '', owner = '', group = '', path = ''] =
    /^([te])(\d+)(>?):(.):([^:]*):([^:]*):([^:]*):([\s\S]*)$/.exec(row) ?? []
  return {
    index: Number(number) - 1,
    letter,
    isBehind: behind === '>',
    isPassed: role === 't',
    path,
    owner,
    group,
    mode: mode.padStart(4, '0'),
  }
}

function unsafePartOf(use: PathUse, found: (path: string) => readonly Found[]): UnsafePart | undefined {
  let isSticky = false
  for (const folder of foldersOf(use)) {
    const parts = found(folder)
    const wrong = parts.map(wrongPart).find(Boolean)
    if (wrong) return wrong
    if (parts.some(({ letter }) => letter === 'a')) {
      const [absent] = parts
      return isSticky && absent ? { ...absent, why: 'absent' } : givenAs('entered', use)
    }
    isSticky = parts.some(({ letter }) => letter === 's')
  }
  if (use.isEntered) return givenAs('entered', use)
  const ends = found(use.path)
  const wrong = use.follow ? ends.map(wrongPart).find(Boolean) : undefined
  if (wrong || !isSticky) return wrong
  // What root owns in a folder with the sticky bit cannot be moved by others; all else there can.
  const others = ends.find(({ letter, isBehind }) => !isBehind && (letter === 'o' || letter === 'L'))
  if (others && !use.isRemoved) return { ...others, why: others.letter === 'o' ? 'owner' : 'link' }
  return givenAs('given', use)
}

function wrongPart(part: Found): UnsafePart | undefined {
  if (!part.isPassed) return undefined
  switch (part.letter) {
    case 'o':
      return { ...part, why: 'owner' }
    case 'w':
      return { ...part, why: /[2367]$/.test(part.mode) ? 'everybody' : 'group' }
    case 'x':
      return { ...part, why: 'list' }
    case 'L':
      return { ...part, why: 'link' }
    default:
      return undefined
  }
}

function givenAs(why: 'entered' | 'given', use: PathUse): UnsafePart | undefined {
  const { path, isEntered = false, isOpened, owner = '' } = use
  if (isEntered !== (why === 'entered') || (staysRoots(use.owner) && !isOpened)) return undefined
  return { path, why, owner: staysRoots(use.owner) ? '' : owner, group: '', mode: '' }
}

/** What is wrong with a part, as a sentence. */
export function describeUnsafe({ path, why, owner, group, mode }: UnsafePart): string {
  switch (why) {
    case 'owner':
      return `${path} belongs to ${owner}`
    case 'group':
      return `the group ${group} may write to ${path} (mode ${mode})`
    case 'everybody':
      return `everybody may write to ${path} (mode ${mode})`
    case 'list':
      return `${path} has an access control list by which others may write to it (mode ${mode})`
    case 'link':
      return `${path} is a symbolic link that belongs to ${owner}`
    case 'absent':
      return `${path} does not exist, and everybody may make it`
    case 'entered':
      return owner === ''
        ? `others than root could write to ${path} while root still writes there`
        : `${path} would belong to ${owner} while root still writes there`
    case 'given':
      return `${path} would belong to ${owner}, who may rename it in the folder it lies in`
  }
}

/** What to do about a part. */
export function remedyFor({ path, why, owner }: UnsafePart): string {
  const trusting = 'or write unsafePath: true'
  switch (why) {
    case 'owner':
    case 'link':
    case 'given':
      return `Write become: '${owner}' in the task or its play, so that it can reach only what ${owner} can reach; ${trusting} if you trust ${owner} like root.`
    case 'group':
      return `Take the permission away with chmod g-w ${path}; ${trusting} if you trust every member of the group like root.`
    case 'list':
      return `See who may with getfacl ${path}, and take the permission away with chmod g-w ${path}; ${trusting} if you trust them like root.`
    case 'everybody':
      return `Take the permission away with chmod o-w ${path}; ${trusting} to write there all the same.`
    case 'absent':
      return `Make it with a directory task of its own before this one; ${trusting}.`
    case 'entered':
      if (owner === '')
        return `Let root alone write to it: give it a mode without write permission for others; ${trusting}.`
      return `Make ${path} with directory({ path: '${path}', owner: '${owner}' }), and write become: '${owner}' in this task; ${trusting} if you trust ${owner} like root.`
  }
}

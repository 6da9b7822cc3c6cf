/** What is on a host, as far as the comparison with Ansible looks: read by one script, told line by line for each row. */

import { quote } from '../../src/shell/quote.ts'
import type { PlacedRow } from './rows.ts'

/** The whole reading. */
interface HostState {
  readonly entries: ReadonlyMap<string, string>
  readonly contents: ReadonlyMap<string, string>
  readonly passwd: readonly string[]
  readonly shadow: readonly string[]
  readonly group: readonly string[]
  readonly settings: ReadonlyMap<string, string>
}

/** Prints all that any of the rows looks at; run by root. */
export function stateScript(rows: readonly PlacedRow[]): string {
  const paths = ['/srv/rows', ...rows.flatMap(({ looks }) => looks?.paths ?? [])].map(quote).join(' ')
  const settings = rows.flatMap(({ looks }) => looks?.setting ?? []).map((path) => quote(path))
  return `LC_ALL=C.UTF-8
export LC_ALL
cd /proc/sys
find ${paths} -printf 'entry\\t%p\\t%y\\t%04m\\t%u:%g\\t%l\\n' 2>/dev/null
find ${paths} -type f -exec sh -c 'for f do printf "content\\t%s\\t" "$f"; base64 -w0 "$f"; echo; done' sh {} + 2>/dev/null
for d in passwd shadow group; do sed "s/^/$d\\t/" "/etc/$d"; done
for s in ${settings.join(' ')}; do ! [ -f "$s" ] || printf 'setting\\t%s\\t%s\\n' "$s" "$(tr -s '\\t ' ' ' <"$s")"; done`
}

/** Takes the script's output apart. */
export function parseState(output: string): HostState {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
  const of = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest)
  const database = (kind: string) => of(kind).map(([line = '']) => line)
  return {
    entries: new Map(
      of('entry').map(([path = '', type = '', mode = '', owner = '', target = '']) => [
        path,
        type === 'l' ? `symlink to ${target}` : `${type === 'd' ? 'directory ' : ''}${mode} ${owner}`,
      ]),
    ),
    contents: new Map(
      of('content').map(([path = '', text = '']) => [path, Buffer.from(text, 'base64').toString('latin1')]),
    ),
    passwd: database('passwd'),
    shadow: database('shadow'),
    group: database('group'),
    settings: new Map(of('setting').map(([path = '', value = '']) => [path, value])),
  }
}

/** What of the state belongs to a row, one fact a line. */
export function factsOf({ folder, looks = {} }: PlacedRow, state: HostState): string[] {
  const { paths = [], user, setting } = looks
  return [
    ...pathFacts(`${folder}/`, folder.length + 1, state),
    ...paths.flatMap((path) => [...pathFacts(path, 0, state)]),
    ...(user === undefined ? [] : userFacts(user, state)),
    ...(setting === undefined ? [] : [`${setting} = ${state.settings.get(setting) ?? 'none'}`]),
  ].sort()
}

function pathFacts(root: string, cut: number, { entries, contents }: HostState): string[] {
  const isBelow = (path: string) => path.startsWith(root.endsWith('/') ? root : `${root}/`) || path === root
  return [...entries].flatMap(([path, about]) => {
    if (!isBelow(path)) return []
    const content = contents.get(path)
    return [`${path.slice(cut)} ${about}${content === undefined ? '' : ` ${shown(path, content)}`}`]
  })
}

/** The first line of Ansible's files of cron is its own memory. */
function shown(path: string, content: string): string {
  const kept = path.startsWith('/etc/cron.d/') ? content.replaceAll(/^#.*\n/gm, '') : content
  return JSON.stringify(Buffer.from(kept, 'latin1').toString('utf8'))
}

function userFacts(name: string, { passwd, shadow, group }: HostState): string[] {
  const find = (lines: readonly string[]) => lines.map((line) => line.split(':')).find(([first]) => first === name)
  const groups = group.map((line) => line.split(':'))
  const own = groups.find(([first]) => first === name)
  const account = find(passwd)
  const namesake = own ? [`group ${name} ${range(own[2])}`] : []
  if (!account) return namesake
  const [, , uid, gid, comment, home, shell] = account
  const first = groups.find(([, , number]) => number === gid)?.[0]
  const further = groups.filter(([, , , members = '']) => members.split(',').includes(name)).map(([one]) => one)
  return [
    ...namesake,
    `user ${name} ${range(uid)} group ${first} home ${home} shell ${shell} comment ${comment}`,
    `groups ${further.sort().join(' ')}`,
    `password ${find(shadow)?.[1]}`,
  ]
}

/** Numbers that the host chooses depend on what was made before; those above what it chooses from are said by a row. */
function range(number: string | undefined): string {
  const value = Number(number)
  return value > 60_000 ? String(value) : value < 1000 ? 'of the system' : 'of people'
}

/** Asks HAProxy for its servers through the runtime socket: one perl for any number of servers and sockets. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { sh } from '../../shell/command.ts'
import { unexpectedAnswer } from '../unexpected-answer.ts'
import { haproxyFunctions } from './socket.ts'

/** A server of a backend, and the socket of the HAProxy that is asked for it. */
export interface HaproxyServerPlace {
  readonly socket: string
  readonly backend: string
  readonly server: string
}

/** What HAProxy says of a server. */
export interface HaproxyServer {
  readonly kind: 'server'
  /** What people want of it. */
  readonly admin: 'ready' | 'drain' | 'maint'
  /** Whether its health lets it take requests; also without checks. */
  readonly isUp: boolean
  readonly isChecked: boolean
  readonly weight: number
  /** Sessions that it has, and those that wait for it. */
  readonly sessions: number
  /** The result of the latest check, as `L7OK` or `L4CON Connection refused`. */
  readonly check: string
  /** How many other servers of the backend could take its requests. */
  readonly others: number
}

/** A server, or why there is none. */
export type HaproxyServerAnswer =
  | HaproxyServer
  | { readonly kind: 'not-running' }
  | { readonly kind: 'no-answer'; readonly reason: string }
  | { readonly kind: 'unknown' }

// 2 and 111 are ENOENT and ECONNREFUSED: no process listens there.
const program = String.raw`${haproxyFunctions}
alarm 10;
for my $path (@ARGV) {
  my %servers = servers($path);
  my $error = $! + 0;
  print "socket\t$path\t", $answered ? "" : $error == 2 || $error == 111 ? "not-running" : "$!", "\n";
  for my $name (sort keys %servers) {
    print join("\t", "server", $name, map { $_ // "" } @{$servers{$name}}{qw(admin up checked weight sessions others check)}), "\n";
  }
}`

const haproxyServerQuery: QueryKind<HaproxyServerPlace, HaproxyServerAnswer> = {
  name: 'haproxy-server',
  key: ({ socket, backend, server }) => `${socket} ${backend}/${server}`,
  script: (places) => sh`LC_ALL=C perl -e ${program} ${[...new Set(places.map(({ socket }) => socket))]}`.script,
  parse: (output, places) => {
    if (output.status !== 0) throw unexpectedAnswer('servers of HAProxy', output)
    const sockets = new Map<string, { readonly trouble: string; readonly servers: Map<string, HaproxyServer> }>()
    let servers = new Map<string, HaproxyServer>()
    for (const line of output.stdout.toString().split('\n')) {
      const [what, name = '', ...cells] = line.split('\t')
      if (what === 'socket') {
        servers = new Map()
        sockets.set(name, { trouble: cells[0] ?? '', servers })
      } else if (what === 'server') servers.set(name, serverOf(cells))
    }
    return places.map(({ socket, backend, server }): HaproxyServerAnswer => {
      const found = sockets.get(socket)
      if (!found) throw unexpectedAnswer('servers of HAProxy', output)
      if (found.trouble === 'not-running') return { kind: 'not-running' }
      if (found.trouble !== '') return { kind: 'no-answer', reason: found.trouble }
      return found.servers.get(`${backend}/${server}`) ?? { kind: 'unknown' }
    })
  },
}

/** What a HAProxy says of one of its servers. */
export const haproxyServer = defineQuery(haproxyServerQuery)

function serverOf([admin, up, checked, weight, sessions, others, check = '']: readonly string[]): HaproxyServer {
  return {
    kind: 'server',
    admin: admin === 'drain' || admin === 'maint' ? admin : 'ready',
    isUp: up === '1',
    isChecked: checked === '1',
    weight: Number(weight),
    sessions: Number(sessions),
    check: check.replaceAll('"', '').trim(),
    others: Number(others),
  }
}

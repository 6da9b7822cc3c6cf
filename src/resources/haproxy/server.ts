/** A server of a running HAProxy: whether it accepts requests, and its weight. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import type { Action } from '../../plan/action.ts'
import type { Change } from '../../plan/change.ts'
import type { Need } from '../../plan/provision.ts'
import { Unavailable } from '../../plan/resource.ts'
import { sh } from '../../shell/command.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { type HaproxyServer, haproxyServer as serverAt } from './server.query.ts'
import { haproxyFunctions } from './socket.ts'

const name = z.string().regex(/^[\w.:-]+$/, 'must be a name as HAProxy takes it: letters, digits and . _ - :')

const schema = z
  .strictObject({
    /** The backend, as the configuration names it. */
    backend: name,
    /** The server in it. */
    server: name,
    /** `ready` takes requests, `drain` finishes what it has and gets nothing new, `maint` is out, checks included. */
    state: z.enum(['ready', 'drain', 'maint']).optional(),
    /** Its share of the requests, beside the weights of the others; until HAProxy is reloaded. */
    weight: z.int().min(0).max(256).optional(),
    /**
     * How long to wait at most; default 30,000. With `drain`, the sessions must end in this time; if some remain, the task reports them and
     * continues. With `ready`, the server must be up in this time, or the task fails. 0: do not wait.
     */
    waitMs: z.int().min(0).default(30_000),
    /**
     * Whether the last server that is up is spared: the task waits for another one. If none comes, the server keeps taking
     * requests, and the task reports that.
     */
    unlessLast: z.boolean().default(false),
    /** Whether there is nothing to do if no HAProxy runs, or one that does not know the server; otherwise that is an error. */
    ifRunning: z.boolean().default(false),
    /** The runtime socket, of level admin. By default `/run/haproxy/admin.sock`. */
    socket: absolutePath.default('/run/haproxy/admin.sock'),
  })
  .superRefine(({ state, weight }, context) => {
    if (state === undefined && weight === undefined) {
      context.addIssue({ code: 'custom', message: 'Say what it is to be: state or weight' })
    }
  })

type Desired = z.output<typeof schema>
type State = HaproxyServer | { readonly kind: 'none'; readonly why: string }

/**
 * A server of a HAProxy that runs on the host, by its runtime socket. What is not said is left as it is. Draining waits for
 * the sessions to end, putting back waits until health checks see the server up; both within bounds. A reload of HAProxy
 * forgets what was said here.
 *
 * To take a server out while something is done to it, see `withServerDrained`.
 *
 * @example
 * ```ts
 * import { haproxyServer } from 'foobar-deploy'
 *
 * haproxyServer({ backend: 'web', server: 'web1', state: 'drain', waitMs: 60_000 })
 * haproxyServer({ backend: 'web', server: 'web2', weight: 50, ifRunning: true })
 * ```
 */
export const haproxyServer = defineResource({
  type: 'haproxyServer',
  schema,
  id: ({ backend, server }: Desired) => `${backend}/${server}`,
  read: ({ socket, backend, server }) => ({ answer: serverAt({ socket, backend, server }) }),
  parse: ({ answer }, { socket, backend, server, ifRunning }): State | Unavailable => {
    if (answer.kind === 'server') return answer
    if (answer.kind === 'no-answer') {
      const reason = `HAProxy does not answer at ${socket}: ${answer.reason}`
      return new Unavailable(reason, 'The task has to run as root.', haproxyNeeds(socket))
    }
    const isRunning = answer.kind === 'unknown'
    const why = isRunning ? `HAProxy knows no server ${backend}/${server}` : `no HAProxy listens at ${socket}`
    if (ifRunning) return { kind: 'none', why }
    return new Unavailable(
      why,
      isRunning
        ? 'The names are those of its configuration, once it was reloaded.'
        : `Start it with \`stats socket ${socket} level admin\`, or say ifRunning: true.`,
      haproxyNeeds(socket),
    )
  },
  provides: () => [],
  diff: (current, { state, weight, unlessLast }: Desired) => {
    if (current.kind === 'none') return []
    const changes: Change[] = []
    if (state !== undefined && state !== current.admin) {
      const isLast = unlessLast && state !== 'ready' && current.isUp && current.others === 0
      changes.push({ key: 'state', from: current.admin, to: isLast ? `${state}, if another server comes up` : state })
    }
    if (weight !== undefined && weight !== current.weight) {
      changes.push({ key: 'weight', from: current.weight, to: weight })
    }
    return changes
  },
  *apply(changes, { socket, backend, server, state, weight, waitMs, unlessLast }): Iterable<Action> {
    const differs = (key: string) => changes.some((change) => change.key === key)
    const at = `${backend}/${server}`
    if (differs('weight')) yield sh`perl -e ${program} ${[socket, at, 'weight', String(weight), '0', '']}`
    if (differs('state') && state) {
      yield sh`perl -e ${program} ${[socket, at, 'state', state, String(waitMs), unlessLast ? 'unlessLast' : '']}`
    }
  },
  // The last server stays as it was, which is told, and no failure.
  isAction: ({ unlessLast }) => unlessLast,
  verifyAction: (_before, after, { state, weight }) => {
    if (after.kind === 'none') return after.why
    if (weight !== undefined && weight !== after.weight) return `its weight is ${after.weight}`
    if (state === undefined || state === after.admin || (state !== 'ready' && after.others === 0)) return undefined
    return `it is in state ${after.admin}`
  },
})

const program = String.raw`${haproxyFunctions}
my ($path, $name, $key, $value, $waitMs, $unlessLast) = @ARGV;
my $naps = $waitMs / 100;
sub nap { select undef, undef, undef, 0.1; return $naps-- > 0 }
sub look {
  my %servers = servers($path);
  return $servers{$name} // die "HAProxy at $path says nothing of $name\n";
}
sub set {
  my $answer = ask($path, "set server $name $key $value") // die "HAProxy does not answer at $path: $!\n";
  $answer =~ s/\s+$//;
  die "$answer\n" if length $answer;
}
my $server = look();
if ($unlessLast) {
  until (!$server->{up} || $server->{others}) {
    nap() or print("no other server of its backend is up, so $name goes on taking requests\n"), exit 0;
    $server = look();
  }
}
set();
exit 0 if $key ne "state" || !$waitMs;
if ($value eq "ready") {
  until (!($server = look())->{checked} || $server->{up} && $server->{whole}) {
    nap() or die "$name is not up after " . $waitMs / 1000 . " s; the latest check says: $server->{check}\n";
  }
} else {
  while (my $sessions = look()->{sessions}) {
    nap() or print("$name has $sessions sessions left after " . $waitMs / 1000 . " s\n"), exit 0;
  }
}`

function haproxyNeeds(socket: string): Need[] {
  return ['unit haproxy.service', `path ${socket}`]
}

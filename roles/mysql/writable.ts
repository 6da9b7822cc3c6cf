/** The unit that makes a primary writable after each start of its server, once no other server can be. */

import { command, file, service, sh, systemdUnit, type TaskList } from 'foobar-deploy'
import { hardening } from './health.ts'
import type { Place } from './place.ts'
import { owned, peerArguments, programs, programTask } from './programs.ts'

/** Its name. */
const writableUnit = 'mysql-writable.service'

/** The tasks that put it on a host; on a replica it is there and off. */
export function writableTasks(place: Place): TaskList {
  const { vars, release, isPrimary } = place
  const server = `${release.unit}.service`
  // Spaces stand within an argument.
  const args = writableArguments(place).map((argument) => (argument.includes(' ') ? `"${argument}"` : argument))
  const patience = vars.writeWithoutPeersAfterSeconds
  if (patience > 0) args.push(`--write-after-seconds=${patience}`)
  return [
    programTask('writable'),
    place.hasPeers && file({ path: programs.promote, content: promoteScript(place), ...owned }),
    systemdUnit({
      name: writableUnit,
      sections: {
        Unit: {
          Description: 'Makes the database server writable when no other one is',
          After: [server],
          // Started anew with each start of the server, also when that was killed.
          BindsTo: [server],
        },
        Service: {
          ExecStart: [programs.writable, ...args].join(' '),
          RemainAfterExit: true,
          // A failure may pass; a refusal (3) is for a person.
          Restart: 'on-failure',
          RestartSec: '5s',
          RestartPreventExitStatus: 3,
          SyslogIdentifier: 'mysql-writable',
          StateDirectory: 'mysql-writable',
          ...hardening,
          CapabilityBoundingSet: '',
          RestrictAddressFamilies: ['AF_UNIX AF_INET AF_INET6'],
        },
        Install: { WantedBy: [server] },
      },
    }),
    service({ name: writableUnit, enabled: isPrimary }),
    // On a primary that came back as a replica, the unit has refused to open the server.
    !isPrimary &&
      command({
        title: 'reset mysql-writable',
        run: sh`systemctl reset-failed ${writableUnit}`,
        unless: sh`! systemctl is-failed --quiet ${writableUnit}`.script,
      }),
  ]
}

/** Makes a primary writable now; why it is not is the failure. Peers that are not set up yet are passed over, once. */
export function openTask(place: Place): TaskList {
  const { vars } = place
  const open = sh`timeout ${vars.waitSeconds} ${programs.writable} --mode=apply ${writableArguments(place)}`.script
  const run = `said=$(${open} 2>&1)
status=$?
# The unit goes on waiting, and remembers peers that it meets.
systemctl restart ${writableUnit}
[ $status -ne 0 ] || exit 0
echo 'this server was declared the primary and is not writable:' >&2
printf '%s\n' "$said" | tail -n 1 >&2
exit 1`
  const unless = `case "${readOnlyOn(place)}" in 0 | OFF) ;; *) false ;; esac`
  return [command({ title: 'mysql writable', run: sh`${{ kind: 'command', script: run }}`, unless })]
}

/**
 * Closes a primary to writes. It waits for the commits under way, but not for long: a session that keeps a lock must not stop
 * all writes.
 */
export function closeTask(place: Place): TaskList {
  const name = place.release.flavor === 'mariadb' ? 'read_only' : 'super_read_only'
  const close = `SET SESSION lock_wait_timeout = 5; SET GLOBAL ${name} = ON`
  return [
    command({
      title: `close ${place.host.name}`,
      run: sh`timeout ${Math.min(place.vars.waitSeconds, 10)} ${clientOf(place)} --no-defaults -e ${close}`,
      unless: `case "${readOnlyOn(place)}" in 1 | ON) ;; *) false ;; esac`,
    }),
  ]
}

// Whether the server takes no writes, in its own words, as a word of the shell.
function readOnlyOn(place: Place): string {
  return `$(${clientOf(place)} --no-defaults --connect-timeout=5 -NBe 'SELECT @@global.read_only')`
}

function clientOf({ release }: Place): string {
  return release.flavor === 'mariadb' ? 'mariadb' : 'mysql'
}

/** What a person runs on a replica to make it the primary. */
function promoteScript(place: Place): string {
  return `#!/bin/sh
# Makes this replica the primary after it has applied everything that it received. Written by foobar-deploy.
${sh`exec ${programs.writable} --mode=promote ${writableArguments(place)}`.script} "$@"
`
}

/** What the program is called with. */
export function writableArguments(place: Place): string[] {
  return [`--flavor=${place.release.flavor}`, '--state=/var/lib/mysql-writable', ...peerArguments(place)]
}

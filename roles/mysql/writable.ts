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
  const { release, vars } = place
  const client = release.flavor === 'mariadb' ? 'mariadb' : 'mysql'
  const ask = `${client} --no-defaults --connect-timeout=5 -NBe 'SELECT @@global.read_only'`
  const isOpen = `case "$(${ask})" in 0 | OFF) ;; *) false ;; esac`
  const open = sh`timeout ${vars.waitSeconds} ${programs.writable} --mode=apply ${writableArguments(place)}`.script
  const run = `said=$(${open} 2>&1)
status=$?
# The unit goes on waiting, and remembers peers that it meets.
systemctl restart ${writableUnit}
[ $status -ne 0 ] || exit 0
echo 'this server was declared the primary and is not writable:' >&2
printf '%s\n' "$said" | tail -n 1 >&2
exit 1`
  return [command({ title: 'mysql writable', run: sh`${{ kind: 'command', script: run }}`, unless: isOpen })]
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

/** The unit that makes a primary writable after each start of its server, once no other server can be. */

import { command, service, sh, systemdUnit, type TaskList } from 'foobar-deploy'
import { hardening } from './health.ts'
import type { Place } from './place.ts'
import { peerArguments, programs, programTask } from './programs.ts'

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
  ]
}

/** Makes a primary writable now, in the same way; why it is not is the failure. */
export function openTask({ release, vars }: Place): TaskList {
  const client = release.flavor === 'mariadb' ? 'mariadb' : 'mysql'
  const isOpen = `[ "$(${client} --no-defaults --connect-timeout=5 -NBe 'SELECT @@global.read_only')" = 0 ]`
  const run = `# mysql-writable.service asks the peers
systemctl restart ${writableUnit} || exit
tries=0
while [ $tries -lt ${vars.waitSeconds * 5} ]; do
  ${isOpen} && exit 0
  systemctl is-failed -q ${writableUnit} && break
  tries=$((tries + 1)); sleep 0.2
done
echo 'this server was declared the primary and is not writable:' >&2
journalctl -n 1 --no-pager -o cat -t mysql-writable >&2
exit 1`
  return [command({ title: 'mysql writable', run: sh`${{ kind: 'command', script: run }}`, unless: isOpen })]
}

/** What the program is called with. */
export function writableArguments(place: Place): string[] {
  return [`--flavor=${place.release.flavor}`, '--state=/var/lib/mysql-writable', ...peerArguments(place)]
}

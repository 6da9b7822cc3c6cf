/** The configuration file: judged by the server, put into force at once, and put back if the server does not take it. */

import { configFiles, directory, handler, render, script, sh, systemdUnit, type TaskList } from 'foobar-deploy'
import type { Place } from './place.ts'
import { peerArguments, programs, programTask } from './programs.ts'
import { settingsOf } from './settings.ts'

const fileName = 'zz-foobar-deploy.cnf'

/** The tasks that configure the server. */
export function configurationTasks(place: Place): TaskList {
  const { vars, release } = place
  const { flavor, unit, folder, section, validate } = release
  const activate = sh`${programs.settings} ${[
    `--file=${folder}/${fileName}`,
    `--flavor=${flavor}`,
    `--unit=${unit}`,
    '--record=/var/lib/mysql-settings/written',
    `--seconds=${vars.waitSeconds}`,
  ]}`
  return [
    systemdUnit({
      name: `${unit}.service`,
      dropIn: 'foobar-deploy',
      sections: {
        // Before that, the address that it listens on may not be there.
        Unit: { After: ['network-online.target'], Wants: ['network-online.target'] },
        Service: { Restart: 'on-failure', RestartSec: '1s', LimitNOFILE: 65_536 },
      },
    }),
    programTask('settings'),
    // Debian’s MariaDB comes without it; logrotate looks there.
    vars.slowQueryLog.startsWith('/var/log/mysql/') &&
      directory({ path: '/var/log/mysql', owner: 'mysql', group: 'adm', mode: '0750' }),
    configFiles({
      title: 'mysql configuration',
      path: folder,
      files: { [fileName]: render('./templates/server.cnf.ejs', { section, groups: settingsOf(place) }) },
      owner: 'root',
      group: 'root',
      mode: '0644',
      validate,
      activate: activate.script,
      notify: place.hasPeers ? settledHandler(place) : [],
    }),
  ]
}

/** Waits, before a rolling play goes on to the next host, until replication goes on. */
function settledHandler(place: Place) {
  const { vars, release, isPrimary } = place
  const args = [
    `--flavor=${release.flavor}`,
    `--role=${isPrimary ? 'primary' : 'replica'}`,
    `--seconds=${vars.waitSeconds}`,
    `--max-lag-seconds=${vars.health.maxLagSeconds}`,
    ...peerArguments(place),
  ]
  const title = 'wait for mysql replication'
  return handler(title, script({ title, from: './files/mysql-settled.pl', args, always: true }))
}

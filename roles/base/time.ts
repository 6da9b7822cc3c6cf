/** Tasks of the base role for time: the zone, and what keeps the clock right. */

import { apt, directory, type Facts, file, handler, render, service, type TaskList, timezone } from 'foobar-deploy'
import { isContainer } from './containers.ts'
import type { BaseVariables } from './variables.ts'

/** In a container all is there but started: a daemon there could not set the clock. */
export function timeTasks({ timezone: zone, timeSync, ntpServers }: BaseVariables, facts: Facts): TaskList {
  const pool = facts.os.id === 'ubuntu' ? 'ntp.ubuntu.com' : '2.debian.pool.ntp.org'
  const isRunning = !isContainer(facts)
  const restart = (name: string) => (isRunning ? handler(`restart ${name}`, service.restart(name)) : [])
  const daemon = (name: string) =>
    isRunning
      ? service({ name, running: true, enabled: true })
      : service({
          title: `service ${name}: not started, since the clock of a container is the machine’s`,
          name,
          running: false,
        })
  const tasks: Record<typeof timeSync, TaskList> = {
    none: [],
    chrony: [
      apt({ packages: ['chrony'], allowRemovals: ['systemd-timesyncd', ...otherDaemons] }),
      file({
        path: '/etc/chrony/chrony.conf',
        content: render('./templates/chrony.conf.ejs', { ntpServers, pool }),
        ...plain,
        validate: 'chronyd -p -f %s >/dev/null',
        notify: restart('chrony'),
      }),
      daemon('chrony'),
    ],
    'systemd-timesyncd': [
      apt({ packages: ['systemd-timesyncd'], allowRemovals: ['chrony', ...otherDaemons] }),
      directory({ path: '/etc/systemd/timesyncd.conf.d', owner: 'root', group: 'root', mode: '0755' }),
      file({
        path: '/etc/systemd/timesyncd.conf.d/foobar-deploy.conf',
        content: render('./templates/timesyncd.conf.ejs', { servers: ntpServers.length > 0 ? ntpServers : [pool] }),
        ...plain,
        notify: restart('systemd-timesyncd'),
      }),
      daemon('systemd-timesyncd'),
    ],
  }
  return [apt({ packages: ['tzdata'] }), timezone({ name: zone }), tasks[timeSync]]
}

// Debian allows one daemon that sets the clock, so each replaces the others.
const otherDaemons = ['ntp', 'ntpsec', 'openntpd']
const plain = { owner: 'root', group: 'root', mode: '0644' }

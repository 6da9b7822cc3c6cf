/** Tasks of the base role for security updates that install themselves. */

import { apt, type Facts, file, render, service, type TaskList } from 'foobar-deploy'
import type { BaseVariables } from './variables.ts'

/** Debian’s own timers do it; a reboot comes only at the hour that is given. */
export function upgradeTasks({ unattendedUpgrades: vars }: BaseVariables, facts: Facts): TaskList {
  const { enabled, rebootAt, exclude, mailTo, extraOrigins } = vars
  const isUbuntu = facts.os.id === 'ubuntu'
  return [
    enabled && apt({ packages: ['unattended-upgrades'] }),
    file({
      path: '/etc/apt/apt.conf.d/60foobar-unattended-upgrades',
      content: render('./templates/unattended-upgrades.ejs', {
        enabled,
        rebootAt,
        exclude,
        mailTo,
        isUbuntu,
        extraOrigins,
      }),
      owner: 'root',
      group: 'root',
      mode: '0644',
      validate: 'apt-config -c %s dump >/dev/null',
    }),
    enabled &&
      ['apt-daily.timer', 'apt-daily-upgrade.timer'].map((name) =>
        service({ name, masked: false, running: true, enabled: true }),
      ),
  ]
}

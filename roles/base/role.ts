/** What every host has: names, time, kernel settings, limits of logs, security updates, an account, a hardened sshd. */

import { apt, defineRole } from 'foobar-deploy'
import { accountTasks } from './account.ts'
import { kernelTasks } from './kernel.ts'
import { logTasks } from './logs.ts'
import { nameTasks } from './names.ts'
import { sshdTasks } from './sshd.ts'
import { hostProbe } from './status.ts'
import { timeTasks } from './time.ts'
import { upgradeTasks } from './upgrades.ts'
import { baseVariables } from './variables.ts'

/**
 * Makes a host one of the inventory’s: it knows the others by name, has the right time, keeps its logs in bounds, installs
 * security updates by itself without rebooting, and lets in keys alone. sshd is changed so that we still get in, or not at
 * all.
 *
 * @example
 * ```ts
 * import { base } from 'foobar-deploy/roles/base'
 *
 * base({ domain: 'example.com', timezone: 'Europe/Berlin', unattendedUpgrades: { rebootAt: '03:30' } })
 * ```
 */
export const base = defineRole({
  name: 'base',
  variables: baseVariables,
  tasks: ({ vars, host, hosts }) => [
    vars.packages.length > 0 && apt({ packages: vars.packages }),
    nameTasks(vars, host, hosts()),
    timeTasks(vars, host.facts),
    kernelTasks(vars),
    logTasks(vars),
    upgradeTasks(vars, host.facts),
    accountTasks(vars),
    sshdTasks(vars.sshd, host.facts),
  ],
  status: () => [hostProbe()],
})

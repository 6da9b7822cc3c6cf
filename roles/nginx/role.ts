/** Nginx: typed sites, the whole configuration judged by `nginx -t` before any file of it is switched, reloads only. */

import { apt, configFiles, defineRole, service, systemdUnit } from 'foobar-deploy'
import { configurationOf } from './configuration.ts'
import { hardeningTask } from './hardening.ts'
import { openingsOf } from './openings.ts'
import { reloadHandler } from './reload.ts'
import { nginxProbe } from './status.ts'
import { nginxVariables } from './variables.ts'

/**
 * Installs nginx and serves the given sites, and no others: Debian’s default site goes, and so do sites that are no longer
 * given. A reload loses no request; one that nginx did not take is a failure.
 *
 * @example
 * ```ts
 * import { nginx } from 'foobar-deploy/roles/nginx'
 *
 * nginx({ sites: [{ serverNames: ['www.foobar.com'], root: '/var/www/foobar' }] })
 * ```
 */
export const nginx = defineRole({
  name: 'nginx',
  variables: nginxVariables,
  tasks: ({ vars, host }) => [
    hardeningTask(vars.hardened),
    apt({ packages: vars.packages }),
    configFiles({
      title: 'nginx configuration',
      path: '/etc/nginx',
      files: configurationOf(vars, host),
      owner: 'root',
      group: 'root',
      mode: '0644',
      exclusiveIn: vars.keepOtherSites ? [] : ['sites-enabled'],
      validate: 'nginx -t',
      notify: vars.running ? reloadHandler(vars.errorLog) : [],
    }),
    // The package's own unit leaves it down when it was killed.
    systemdUnit({
      name: 'nginx.service',
      dropIn: 'restart',
      sections: { Service: { Restart: 'on-failure', RestartSec: '500ms' } },
    }),
    service({ name: 'nginx', running: vars.running, enabled: vars.enabled }),
  ],
  opens: ({ vars, hosts }) => openingsOf(vars, hosts),
  status: () => [nginxProbe()],
})

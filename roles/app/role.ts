/** An application on Node.js: built once, unpacked beside earlier releases, switched in one instant, taken back if it fails. */

import {
  apt,
  artifact,
  command,
  defineRole,
  directory,
  file,
  flushHandlers,
  localArtifact,
  networksOf,
  service,
  sh,
  symlink,
  systemdUnit,
} from 'foobar-deploy'
import { environmentFile } from './environment-file.ts'
import { placesOf } from './places.ts'
import { pruned } from './prune.ts'
import { restartHandler, socketHandler } from './restart.ts'
import { releaseProbe } from './status.ts'
import { serviceSections, socketSections } from './units.ts'
import { type AppVariables, appVariables } from './variables.ts'

/**
 * Puts a release of an application in force. The release is named by its sources, built on this machine when a host lacks it,
 * and unpacked beside those of before. A restart loses no connection; a release that does not become ready fails the run, and
 * the one before it is put in force again.
 *
 * @example
 * ```ts
 * import { app } from 'foobar-deploy/roles/app'
 *
 * app({ source: new URL('../app/', import.meta.url), environment: { DATABASE_NAME: 'app', DATABASE_USER: 'app' } })
 * ```
 */
export const app = defineRole({
  name: 'app',
  variables: appVariables,
  tasks: ({ vars, host }) => {
    const { name, socket, nodePackage } = vars
    const { root, releases, current, environment } = placesOf(vars)
    const built = vars.release === undefined ? builtFrom(vars) : undefined
    const release = vars.release ?? built?.id ?? ''
    const restart = restartHandler(vars, release, host.name)
    const rooted = { owner: 'root', group: 'root' }
    const hasSocket = socket === 'systemd'
    return [
      nodePackage !== false && apt({ packages: [nodePackage] }),
      directory({ path: root, ...rooted, mode: '0755' }),
      directory({ path: releases, ...rooted, mode: '0755' }),
      built
        ? artifact({ title: `release ${release}`, from: built, path: `${releases}/${release}`, ...rooted })
        : onHost(`${releases}/${release}`),
      // Before all else that ends in a restart: handlers come in the order in which they are first named.
      hasSocket
        ? systemdUnit({
            name: `${name}.socket`,
            sections: socketSections(vars),
            notify: [socketHandler(vars), restart],
          })
        : systemdUnit({ name: `${name}.socket`, state: 'absent', notify: restart }),
      file({ path: environment, content: environmentFile(vars), ...rooted, mode: '0600', notify: restart }),
      Object.entries(vars.files).map(([path, content]) =>
        file({ path, content, ...rooted, mode: '0644', notify: restart }),
      ),
      symlink({ path: current, target: `releases/${release}`, notify: restart }),
      systemdUnit({ name: `${name}.service`, sections: serviceSections(vars), notify: restart }),
      // While the release that was ready last is known: it is kept.
      pruned(vars),
      // Starts a new application too. If the next task did, the handler would drain and restart what it has just started.
      flushHandlers(),
      hasSocket && service({ name: `${name}.socket`, running: true, enabled: true }),
      service({ name, running: true, enabled: true }),
    ]
  },
  opens: ({ vars: { name, port, openTo }, hosts }) => {
    const from = networksOf(openTo, hosts)
    return from.length > 0 ? [{ name, port, from }] : []
  },
  status: ({ vars }) => [releaseProbe(vars)],
})

function builtFrom({ source, build, output, exclude }: AppVariables) {
  return localArtifact({ folder: source ?? '/', build, output, exclude })
}

function onHost(path: string) {
  return command({
    title: `${path} is there`,
    run: sh`echo 'it is not on this host; there are:' >&2; ls -t -- "$(dirname ${path})" >&2; exit 1`,
    unless: sh`[ -d ${path} ]`.script,
  })
}

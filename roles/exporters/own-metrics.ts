/** Metrics that no exporter has: the ends of certificates, and whether a replica has transactions that its source has not. */

import { command, directory, type Host, handler, systemdTimer, type TaskList, template } from 'foobar-deploy'
import { endpoint } from './exporter.ts'
import type { ExportersVariables } from './variables.ts'

const folder = '/usr/local/lib/foobar-deploy'
const script = `${folder}/own-metrics`
const unit = 'foobar-metrics'

/** Where the node exporter of Debian looks for metrics in files. */
export const metricsFolder = '/var/lib/prometheus/node-exporter'

/** A script, and a timer that runs it; where the timer stands still, the age of the file tells. */
export function ownMetricsTasks(vars: ExportersVariables, host: Host, databases: readonly Host[]): TaskList {
  const { databaseHealthPort, ownMetricsEverySeconds } = vars
  const isDatabase = databases.some(({ name }) => name === host.name)
  const peers = isDatabase && databaseHealthPort ? databases.filter(({ name }) => name !== host.name) : []
  const sources = peers.map(({ name, address }) => ({
    name,
    url: `http://${endpoint(address, databaseHealthPort || 0)}/status`,
  }))
  const write = command({ title: 'write own metrics', run: `systemctl start ${unit}.service`, always: true })
  const once = handler('write own metrics', write)
  return [
    directory({ path: folder, owner: 'root', group: 'root', mode: '0755' }),
    template({
      path: script,
      from: './templates/own-metrics.sh.ejs',
      with: { certificates: vars.certificates, sources, folder: metricsFolder, socket: vars.mysqldSocket },
      owner: 'root',
      group: 'root',
      mode: '0755',
      validate: 'sh -n %s',
      notify: once,
    }),
    systemdTimer({
      name: unit,
      schedule: { onBootSec: 10, onUnitActiveSec: ownMetricsEverySeconds },
      sections: serviceSections,
      notify: once,
    }),
  ]
}

const serviceSections = {
  Unit: { Description: 'Metrics of certificates and replicas for the node exporter' },
  Service: {
    Type: 'oneshot',
    ExecStart: script,
    TimeoutStartSec: 30,
    ProtectSystem: 'strict',
    ReadWritePaths: metricsFolder,
    ProtectHome: 'read-only',
    PrivateTmp: true,
    NoNewPrivileges: true,
  },
}

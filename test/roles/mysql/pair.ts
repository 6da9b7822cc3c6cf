/** A pair of database servers on the hosts of a lab: the inventory, applying it, and looking at what came of it. */

import { setTimeout as delay } from 'node:timers/promises'
import { mysql } from '../../../roles/mysql/role.ts'
import { newAuthority } from '../../../src/certificates/new-authority.ts'
import type { RunEvent } from '../../../src/engine/events.ts'
import type { RunContext, RunRequest } from '../../../src/engine/run-request.ts'
import { defineInventory, definePlaybook, Secret } from '../../../src/index.ts'
import { labBoot, labPowerOff } from '../../../src/lab/index.ts'
import type { LabSuite } from '../../../src/model/lab.ts'
import { applyOnLab, labFor } from '../../engine/on-lab.ts'

/** What a user writes for the role. */
export type MysqlInput = Parameters<typeof mysql>[0]

type HostName = 'web1' | 'web2'

/** Passwords that must not show up anywhere. */
export const passwords = { replication: 'canary-replication-1', app: 'canary-app-22' } as const

const addresses = { web1: '198.51.100.11', web2: '198.51.100.12' } as const

/** The hosts of a lab, and what tests do with them. */
export function mysqlPair(lab: string, packages: readonly string[], suite: LabSuite) {
  const { spec, script } = labFor(lab, packages, { suite })
  const client = suite === 'sid' ? 'mysql' : 'mariadb'
  const unit = client
  const authority = new Secret('tls.authority', newAuthority('test'))

  const inventoryOf = (variables: Partial<MysqlInput>) => {
    const role = mysql({
      primary: 'web1',
      replication: { password: new Secret('replication', passwords.replication) },
      tls: { authority },
      databases: [{ name: 'notes' }],
      users: [
        { name: 'app', password: new Secret('app', passwords.app), grants: { 'notes.*': ['ALL'] }, requireTls: true },
      ],
      bufferPoolSize: '64M',
      redoLogSize: '32M',
      semiSync: { timeoutSeconds: 1 },
      clients: ['web'],
      balancers: ['web'],
      // Replication is held up on purpose, on a machine that may be slow.
      health: { maxLagSeconds: 60 },
      ...variables,
    })
    const playbook = definePlaybook({
      name: 'test',
      groups: ['database', 'web'],
      plays: () => [{ name: 'Databases', hosts: 'database', serial: 1, roles: [role] }],
    })
    const hosts = { web1: { address: addresses.web1 }, web2: { address: addresses.web2 } }
    const groups = { database: ['web1', 'web2'] as const, web: ['web1', 'web2'] as const }
    return defineInventory({ playbook, hosts, groups, lab: { name: lab } })
  }

  const onHost = async (host: HostName, text: string) => (await script(host, text)).stdout.trim()
  const query = (host: HostName, statement: string) => onHost(host, `${client} -NB <<'END'\n${statement};\nEND`)
  const mainPid = (host: HostName) => onHost(host, `systemctl show -p MainPID --value ${unit}`)

  return {
    script,
    client,
    unit,
    // A larger buffer pool is set while the server runs, by MariaDB at times alone.
    wantsRestart: { bindAddresses: ['0.0.0.0'] } as Partial<MysqlInput>,
    readOnly: suite === 'sid' ? 'super_read_only' : 'read_only',
    /** Options of the client. */
    tls:
      suite === 'sid'
        ? { with: '--ssl-mode=REQUIRED', without: '--ssl-mode=DISABLED' }
        : { with: '--ssl --skip-ssl-verify-server-cert', without: '--skip-ssl' },
    /** What tells that a replica has all that its source has. */
    executed:
      suite === 'sid'
        ? { replica: 'SELECT @@gtid_executed', source: 'SELECT @@gtid_executed' }
        : { replica: 'SELECT @@gtid_slave_pos', source: 'SELECT @@gtid_binlog_pos' },
    /** Leaves of a host what its packages put there. */
    rebuild: `systemctl stop mysql-health mysql-writable; systemctl kill -s KILL ${unit}; systemctl stop ${unit}
rm -rf /etc/mysql/*.conf.d/zz-foobar-deploy* /etc/mysql/tls /etc/systemd/system/mysql-* /etc/systemd/system/${unit}.service.d /var/lib/mysql-settings /var/lib/mysql-writable /var/lib/mysql/* /var/lib/mysql/.[!.]* /usr/local/sbin/mysql-*
systemctl daemon-reload
${suite === 'sid' ? 'mysqld --initialize-insecure --user=mysql' : 'mariadb-install-db --user=mysql --auth-root-authentication-method=socket --skip-test-db >/dev/null'} && systemctl start ${unit}`,
    onHost,
    query,
    mainPid,
    apply: (
      variables: Partial<MysqlInput> = {},
      request: Partial<RunRequest> = {},
      context: Partial<RunContext> = {},
    ) => applyOnLab(inventoryOf(variables), { limit: [], ...request }, context),
    /** Does an operation; `word` is typed where it asks for one. */
    operate: (name: string, args: Record<string, unknown>, word?: string, request: Partial<RunRequest> = {}) =>
      applyOnLab(
        inventoryOf({ bindAddresses: ['0.0.0.0'] }),
        { limit: [], operation: { role: 'mysql', name, args }, ...request },
        { confirmWord: async (asked) => asked.word === word },
      ),
    /** Locks a row, so that replication waits for it; what comes back lets it go. */
    holdRow: async (host: HostName, table: string) => {
      const statement = `BEGIN; SELECT * FROM ${table} WHERE id = 1 LOCK IN SHARE MODE; DO SLEEP(200)`
      const find = "SELECT id FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP%'"
      await onHost(host, `nohup ${client} -e '${statement}' >/dev/null 2>&1 &`)
      await until(() => query(host, find), /^\d+$/)
      return async () => query(host, `KILL ${await query(host, find)}`)
    },
    /** What a health daemon answers: `200 replica, read-only, lag 0 s`. */
    health: async (host: HostName, path: string) => {
      const told = await onHost(host, `curl -s -m 5 -w '\\n%{http_code}' http://${addresses[host]}:9200${path}`)
      const lines = told.split('\n').filter((line) => line !== '')
      return [lines.at(-1), ...lines.slice(0, -1)].join(' ')
    },
    /** The last lines that the unit on the primary wrote. */
    journal: (host: HostName) => onHost(host, 'journalctl -b -n 2 --no-pager -o cat -t mysql-writable'),
    powerOff: (host: HostName) => labPowerOff(lab, host),
    boot: (host: HostName) => labBoot(spec, host),
    until,
  }
}

/** Waits until `look` gives what is wanted; what it gave last where it never does. */
async function until(look: () => Promise<string>, wanted: string | RegExp, withinMs = 30_000): Promise<string> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look().catch((thrown: Error) => thrown.message)
    const isThere = typeof wanted === 'string' ? found === wanted : wanted.test(found)
    if (isThere || performance.now() > end) return found
    await delay(100)
  }
}

/** What tasks changed on a host, by title; handlers too. */
export function changesOf(events: readonly RunEvent[], host: HostName): Record<string, string[]> {
  return Object.fromEntries(
    events.flatMap((event) =>
      event.type === 'task-finished' && event.host === host && event.status === 'changed'
        ? [[event.task.title.replace(/ --.*/, ''), event.changes.map(({ key }) => key)]]
        : [],
    ),
  )
}

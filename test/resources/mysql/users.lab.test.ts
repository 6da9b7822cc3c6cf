/** Databases and users on real servers: made, logged in with, drifted by hand, repaired, removed; and no password seen anywhere. */

import { beforeAll, describe, expect, it } from 'vitest'
import { mysqlDatabase, mysqlUser, Secret, type TaskList } from '../../../src/index.ts'
import { applyOnLab, labFor } from '../../engine/on-lab.ts'
import { mariadbPackages, stackPackages } from '../../roles/stack-packages.ts'
import { seenSecrets, watchSecrets } from '../secret-watch.ts'

const passwords = { first: 'canary-Ünd"first\'1', second: 'canary-second-2' }

const servers = {
  'MySQL 9.7': {
    lab: labFor('test-mysql-users', stackPackages, { hosts: ['web1'] }),
    folder: '/etc/mysql/mysql.conf.d',
    service: 'mysql',
    client: 'mysql',
    encrypted: '--ssl-mode=REQUIRED',
    plain: '--ssl-mode=DISABLED --get-server-public-key',
    plugins: [undefined, 'caching_sha2_password'],
  },
  'MariaDB 11.8': {
    lab: labFor('test-mariadb-users', mariadbPackages, { suite: 'trixie', hosts: ['web1'] }),
    folder: '/etc/mysql/mariadb.conf.d',
    service: 'mariadb',
    client: 'mariadb',
    encrypted: '--ssl --skip-ssl-verify-server-cert',
    plain: '--skip-ssl',
    plugins: [undefined, 'ed25519'],
  },
} as const

describe.each(Object.entries(servers))('%s', (_name, server) => {
  const { lab, client } = server

  async function applied(tasks: TaskList, mode: 'apply' | 'plan' = 'apply') {
    const { web1, events } = await applyOnLab(
      lab.inventory(() => tasks),
      { mode },
    )
    const ended = events.flatMap((event) => (event.type === 'task-finished' ? [event] : []))
    return {
      error: web1.error?.message,
      statuses: ended.map(({ status }) => status),
      keys: ended.flatMap(({ changes = [] }) => changes.map(({ key }) => key)),
      roundTrips: web1.roundTrips,
      told: JSON.stringify(events),
    }
  }

  /** What the user is told by a login over TCP. */
  async function login(password: string, options: string, statement = 'SELECT CURRENT_USER()') {
    const quoted = password.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
    const { stdout } = await lab.script(
      'web1',
      `${client} --defaults-extra-file=/dev/fd/3 --protocol=tcp --host=127.0.0.1 --user=app ${options} -N -B -e "${statement}" 2>&1 3<<'END'
[client]
password="${quoted}"
END
`,
    )
    return stdout.trim()
  }

  const database = mysqlDatabase({ name: 'app', characterSet: 'utf8mb4' })
  const userWith = (password: string, more: object = {}) =>
    mysqlUser({
      name: 'app',
      host: '127.%',
      password: new Secret('app', password),
      grants: { 'app.*': ['SELECT', 'INSERT', 'CREATE'], '*.*': ['PROCESS', 'REPLICATION CLIENT'] },
      requireTls: true,
      maxConnections: 3,
      ...more,
    })
  const tasks = [
    database,
    userWith(passwords.first),
    mysqlUser({ name: 'prometheus', host: 'localhost', plugin: 'auth_socket', grants: { '*.*': ['PROCESS'] } }),
    mysqlUser({
      name: 'admin',
      host: 'localhost',
      plugin: 'unix_socket',
      grants: { '*.*': ['ALL', 'GRANT OPTION'] },
    }),
  ]

  beforeAll(async () => {
    const { stdout, status } = await lab.script(
      'web1',
      `cat >${server.folder}/zz-test.cnf <<'END'
[mysqld]
general_log = ON
general_log_file = /var/lib/mysql/general.log
slow_query_log = ON
long_query_time = 0
slow_query_log_file = /var/lib/mysql/slow.log
log_bin = /var/lib/mysql/binlog
plugin_load_add = ${client === 'mariadb' ? 'auth_ed25519' : 'auth_socket'}
END
${client === 'mysql' ? `sed -i '/plugin_load_add/d' ${server.folder}/zz-test.cnf` : ':'}
systemctl restart ${server.service} && useradd prometheus 2>&1; id prometheus`,
    )
    expect({ stdout, status }).toMatchObject({ status: 0 })
    await watchSecrets(lab, 'web1', Object.values(passwords))
  })

  it('makes what a plan has told, and is content afterwards', async () => {
    const plan = await applied(tasks, 'plan')
    expect(plan).toMatchObject({ error: undefined, statuses: ['changed', 'changed', 'changed', 'changed'] })
    expect(await login(passwords.first, server.encrypted)).toMatch(/Access denied/)
    const made = await applied(tasks)
    expect(made).toMatchObject({ error: undefined, statuses: ['changed', 'changed', 'changed', 'changed'] })
    expect(await applied(tasks)).toMatchObject({
      error: undefined,
      statuses: ['ok', 'ok', 'ok', 'ok'],
      roundTrips: 2,
    })
    for (const password of Object.values(passwords)) expect(made.told).not.toContain(password)
  })

  it('lets in who comes encrypted, with the password, and the user of the host by the socket', async () => {
    expect(await login(passwords.first, server.encrypted)).toBe('app@127.%')
    expect(await login(passwords.first, server.plain)).toMatch(/Access denied|ERROR/)
    expect(await login(passwords.second, server.encrypted)).toMatch(/Access denied/)
    expect(await login(passwords.first, server.encrypted, 'CREATE TABLE app.t (i INT)')).toBe('')
    expect(await login(passwords.first, server.encrypted, 'DROP TABLE app.t')).toMatch(/denied/)
    expect(await lab.ssh('web1', `sudo -u prometheus ${client} -u prometheus -N -e "SELECT CURRENT_USER()"`)).toBe(
      'prometheus@localhost',
    )
  })

  it('repairs what somebody did by hand, and nothing else', async () => {
    const by = async (sql: string) => {
      const { status } = await lab.script('web1', `${client} <<'END'\n${sql};\nEND\n`)
      expect(status).toBe(0)
    }
    await by("ALTER USER 'app'@'127.%' REQUIRE NONE WITH MAX_USER_CONNECTIONS 0")
    expect(await applied(tasks)).toMatchObject({ error: undefined, keys: ['requireTls', 'maxConnections'] })
    await by(
      "GRANT ALL PRIVILEGES ON app.* TO 'app'@'127.%'; GRANT SELECT ON mysql.user TO 'app'@'127.%'; REVOKE PROCESS ON *.* FROM 'app'@'127.%'",
    )
    expect(await applied(tasks)).toMatchObject({
      error: undefined,
      keys: ['grants on *.*', 'grants on app.*', 'grants on mysql.user'],
    })
    await by("ALTER USER 'app'@'127.%' IDENTIFIED BY 'something else'; ALTER DATABASE app CHARACTER SET latin1")
    expect(await applied(tasks)).toMatchObject({ error: undefined, keys: ['characterSet', 'password'] })
    expect(await login(passwords.first, server.encrypted)).toBe('app@127.%')
    expect(await applied(tasks)).toMatchObject({ statuses: ['ok', 'ok', 'ok', 'ok'] })
  })

  it.each(server.plugins)('changes a password (%s)', async (plugin) => {
    const changed = [userWith(passwords.second, plugin ? { plugin } : {})]
    expect(await applied(changed)).toMatchObject({ error: undefined, statuses: ['changed'] })
    expect(await login(passwords.second, server.encrypted)).toBe('app@127.%')
    expect(await login(passwords.first, server.encrypted)).toMatch(/Access denied/)
    expect(await applied(changed)).toMatchObject({ error: undefined, statuses: ['ok'] })
    expect(await applied([userWith(passwords.first)])).toMatchObject({ error: undefined, statuses: ['changed'] })
  })

  it('writes nothing to a read-only server', async () => {
    const variable = client === 'mysql' ? 'super_read_only' : 'read_only'
    await lab.ssh('web1', `${client} -e "SET GLOBAL ${variable} = ON"`)
    expect(await applied(tasks)).toMatchObject({ error: undefined, statuses: ['ok', 'ok', 'ok', 'ok'] })
    const { error } = await applied([userWith(passwords.second)])
    expect(error).toContain(`the user app@127.% differs (password), and the server is read-only (${variable})`)
    await lab.ssh('web1', `${client} -e "SET GLOBAL read_only = OFF"`)
  })

  it('removes them', async () => {
    const gone = [
      mysqlUser({ name: 'app', host: '127.%', state: 'absent' }),
      mysqlDatabase({ name: 'app', state: 'absent' }),
    ]
    expect(await applied(gone)).toMatchObject({ error: undefined, statuses: ['changed', 'changed'] })
    expect(await applied(gone)).toMatchObject({ error: undefined, statuses: ['ok', 'ok'] })
  })

  it('shows no password in processes, logs and files of the host', async () => {
    const { seen, rounds } = await seenSecrets(
      lab,
      'web1',
      '/var/lib/mysql/*log* /var/lib/mysql/binlog* /var/log/mysql/*',
    )
    expect(seen).toBe('')
    expect(rounds).toBeGreaterThan(20)
    // That the logs are written, and that no hash is in them either.
    const general = await lab.ssh('web1', 'cat /var/lib/mysql/general.log')
    expect(general).toContain('DROP USER')
    expect(general).not.toMatch(/IDENTIFIED (WITH|VIA) \S+ (AS|USING)/)
  })
})

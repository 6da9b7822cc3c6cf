/** Asks a database server how it replicates, and whether its source has all its transactions; passwords stay on the host. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'
import { type MysqlServer, type MysqlUnreadable, mysqlClientFunction, serverIn } from './client.ts'
import { type ReplicaStatus, replicaStatusIn } from './replica-status.ts'
import {
  compareWithSource,
  noSet,
  type SourceTls,
  sourceAnswer,
  sourceClient,
  storedSource,
  wantedFunctions,
} from './source.ts'
import { fieldsOf } from './text.ts'

/** What the source says, if the server has one and it can be asked. */
export type SourceSays =
  | {
      readonly kind: 'compared'
      /** What it does not know and the replica has. */
      readonly errant: string
      /** What it had when it was asked, and the replica did not execute in the time it was given. */
      readonly missing: string
      /** What of that the replica has not even received. */
      readonly unreceived: string
    }
  | { readonly kind: 'silent'; readonly reason: string }

/** What a server knows of its own replication. */
export interface MysqlReplica {
  readonly kind: 'known'
  readonly server: MysqlServer
  /** By which its own transactions are known: a UUID, in MariaDB a number. */
  readonly serverId: string
  /** Whether it keeps what replication by GTID needs. */
  readonly hasBinaryLog: boolean
  readonly hasGtids: boolean
  /** All transactions that it has, of whatever origin. */
  readonly executed: string
  /** Databases that are none of the server's own. */
  readonly databases: readonly string[]
  /** How many servers replicate from it. */
  readonly replicas: number
  /** Whether a seeding has begun and not ended. */
  readonly isHalfSeeded: boolean
  /** Undefined where it has no source. */
  readonly status: ReplicaStatus | undefined
  readonly source: SourceSays | undefined
}

/** Lies on a host while databases come in that are not whole yet. */
export const seedingMark = '/var/lib/foobar-deploy/mysql-seeding'

/** SQL for all that a server has executed, in one line. */
export const executedSql =
  "/*M! CONCAT_WS(',', NULLIF(@@GLOBAL.gtid_binlog_state, ''), NULLIF(@@GLOBAL.gtid_slave_pos, '')) *//*!80000 REPLACE(@@GLOBAL.gtid_executed, CHAR(10), '') */"

// Columns have names here, so each part begins with a mark of its own.
const mark = (name: string) => `SELECT '${name}' AS \`---\``

const statements = `${[
  mark('server'),
  "SELECT 'server', VERSION(), /*M! @@read_only *//*!80000 @@super_read_only */",
  mark('self'),
  `SELECT /*M! @@server_id *//*!80000 @@server_uuid */ AS id, @@log_bin AS log_bin, /*M! 'ON' *//*!80000 @@GLOBAL.gtid_mode */ AS gtid_mode, @@datadir AS datadir`,
  mark('executed'),
  `SELECT CONCAT('executed ', ${executedSql}) AS executed`,
  mark('databases'),
  "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')",
  mark('replicas'),
  "SELECT SUBSTRING_INDEX(HOST, ':', -1) AS port FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%'",
  mark('status'),
  'SHOW REPLICA STATUS',
  mark('worker'),
  "/*!80000 SELECT LAST_ERROR_MESSAGE AS message FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0 AND CHANNEL_NAME = '' LIMIT 1 */",
  mark('password'),
  "/*!80000 SELECT SHA2(CONCAT(Host, ' ', User_name, ' ', User_password), 256) AS digest FROM mysql.slave_master_info WHERE Channel_name = '' */",
].join(';\n')};\n`

/** How the source is known, and how long the replica is given to have what it has. */
export interface ReplicaAsked {
  readonly tls: SourceTls
  readonly lagLimitSeconds: number
}

const mysqlReplicaQuery: QueryKind<ReplicaAsked, MysqlReplica | MysqlUnreadable> = {
  name: 'mysql-replica',
  key: ({ tls, lagLimitSeconds }) => `${lagLimitSeconds} ${tls.verify} ${tls.caPath}`,
  script: (all) => all.map(scriptOf).join('\n'),
  parse: (output, all) => {
    const parts = output.stdout.toString().split(`${end}\n`)
    return all.map((_asked, index) => parsed(Buffer.from(parts[index] ?? ''), output.stderr))
  },
}

/** How the server on the host replicates. */
export const mysqlReplica = defineQuery(mysqlReplicaQuery)

const end = 'end of mysql-replica'

/**
 * A connection that is being made is given five seconds, unless the source refused the user (1045) or is not who it should be
 * (2026). MariaDB keeps the credentials in a file.
 *
 * A replica of a busy source is always a little behind it, so it is given the time that it may be behind to execute what the
 * source had when it was asked. It is not waited for when nothing more arrives for ten seconds, and when it is delayed on purpose.
 */
function scriptOf({ tls, lagLimitSeconds }: ReplicaAsked): string {
  const ask = (flavor: 'mysql' | 'mariadb') =>
    `{ stored_options | timeout 30 ${sourceClient(flavor, flavor, tls)} ${sourceAnswer} --execute="SET @replica='$executed'; "${compareInShell(flavor)} 2>&1; }`
  return `(
${mysqlClientFunction}
look() { printf %s ${quote(statements)} | client --column-names --force; }
if ! command -v mariadb >/dev/null && ! command -v mysql >/dev/null; then echo no-client; exit; fi
said=$(look) tries=0
while :; do
  case $said in *'\t1045\t'* | *'\t2026\t'*) break ;; *'\tConnecting\t'*) [ "$tries" -lt 10 ] || break ;; *) break ;; esac
  sleep 0.5
  said=$(look) tries=$((tries + 1))
done
printf '%s\\n' "$said"
${connectedReplicas}
[ ! -e ${seedingMark} ] || printf -- '---\\nseeding\\n'
case $said in *_IO_State*) ;; *) exit ;; esac
executed=$(printf '%s\\n' "$said" | sed -n 's/^executed \\([^ ]*\\)$/\\1/p')
self=$(printf '%s\\n' "$said" | sed -n 's/^\\([0-9a-f-]*\\)\\t[01]\\t[A-Z_]*\\t.*/\\1/p')
case $said in
*MariaDB*)
${storedSource.mariadb}
${wantedFunctions('mariadb')}
  read_stored "$(printf '%s\\n' "$said" | sed -n 's/^[0-9]*\\t[01]\\tON\\t//p')"
  printf -- '---\\npassword\\ndigest\\n'
  printf '%s %s %s' "$host" "$user" "$word" | sha256sum
  answer=$(${ask('mariadb')})
  ;;
*)
${storedSource.mysql}
${wantedFunctions('mysql')}
  answer=$(${ask('mysql')})
  ;;
esac
printf -- '---\\nsource\\n%s\\n' "$answer"
wanted=$(printf '%s\\n' "$answer" | awk '$1 == "source" && $6 != "-" { print $7 }')
case $wanted in '' | ${noSet}) exit ;; esac
later= tries=0 still=0
case $said in
*'\tYes\tYes\t'*)
  while :; do
    if has_wanted; then later='later\t-\t-'; break; fi
    before=$later
    later=$(lacking)
    tries=$((tries + 1))
    [ "$later" = "$before" ] && still=$((still + 1)) || still=0
    case $later in
    *'\t-') [ "$tries" -lt ${Math.max(1, lagLimitSeconds)} ] && ! is_delayed || break ;;
    *) [ "$tries" -lt ${Math.max(10, lagLimitSeconds)} ] && [ "$still" -lt 9 ] || break ;;
    esac
  done
  ;;
*) later=$(lacking) ;;
esac
printf -- '---\\nlater\\n%s\\n' "$later"
)
echo ${quote(end)}`
}

/** The comparison, for a source that may say of itself whom it means. */
function compareInShell(flavor: 'mysql' | 'mariadb'): string {
  return compareWithSource(flavor, '$self')
    .split('$self')
    .map((part) => quote(part))
    .join('"$self"')
}

// A server goes on serving a replica that has left, until it has something to tell it. The kernel knows better.
const connectedReplicas = `ports=$(printf '%s\\n' "$said" | sed -n '/^replicas$/,/^---$/s/^\\([0-9]\\{1,5\\}\\)$/\\1/p')
if [ -n "$ports" ]; then
  set -- $ports
  printf -- '---\\nconnected\\n'
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v "ports=$*" '
    BEGIN { n = split(ports, all, " "); for (i = 1; i <= n; i++) wanted[sprintf("%04X", all[i])] = 1 }
    { split($3, far, ":"); if ($4 == "01" && far[2] in wanted) print far[2] }'
fi`

function parsed(stdout: Buffer, stderr: Buffer): MysqlReplica | MysqlUnreadable {
  const parts = partsOf(fieldsOf(stdout))
  const first = parts.get('server')?.at(-1) ?? fieldsOf(stdout)[0] ?? []
  const server = serverIn(first, { status: 0, stdout, stderr })
  if ('kind' in server) return server
  const [self = {}] = recordsOf(parts.get('self'))
  const source = parts.get('source')
  const status = replicaStatusIn(recordsOf(parts.get('status')), {
    worker: parts.get('worker')?.[1]?.[0] ?? '',
    passwordDigest: parts.get('password')?.[1]?.[0]?.slice(0, 64) ?? '',
  })
  return {
    kind: 'known',
    server,
    serverId: self.id ?? '',
    hasBinaryLog: self.log_bin === '1',
    hasGtids: self.gtid_mode === 'ON',
    executed: (parts.get('executed')?.[1]?.[0] ?? '').replace(/^executed /, ''),
    databases: recordsOf(parts.get('databases')).map(({ name = '' }) => name),
    replicas: parts.get('connected')?.length ?? 0,
    isHalfSeeded: parts.has('seeding'),
    status,
    source: source && sourceSays(source, parts.get('later')),
  }
}

function sourceSays(rows: readonly Row[], later: readonly Row[] = []): SourceSays {
  const set = (field = '-') => (field === '-' ? '' : field)
  const row = rows.find(([first]) => first === 'source')
  if (row) {
    const [, , errant, , , missing] = row
    // Without a second look it is what was found at once.
    const [, still = missing, unreceived = still] = later.find(([first]) => first === 'later') ?? []
    return { kind: 'compared', errant: set(errant), missing: set(still), unreceived: set(unreceived) }
  }
  const said = rows.map((fields) => fields.join(' ')).find((text) => /ERROR/.test(text))
  return { kind: 'silent', reason: said ?? 'it does not answer' }
}

type Row = readonly string[]

function partsOf(rows: readonly string[][]): Map<string, string[][]> {
  const parts = new Map<string, string[][]>()
  let current: string[][] = []
  rows.forEach(([first = '', ...rest], index) => {
    if (first === '---' && rest.length === 0) return
    if (rows[index - 1]?.[0] === '---') {
      current = []
      parts.set(first, current)
    } else {
      current.push([first, ...rest])
    }
  })
  return parts
}

/** Rows by the names of their columns. */
function recordsOf([names = [], ...rows]: readonly (readonly string[])[] = []): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column] ?? ''])))
}

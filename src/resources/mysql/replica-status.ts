/** What `SHOW REPLICA STATUS` tells, under one set of names for all servers. */

/** How a server replicates from its source. */
export interface ReplicaStatus {
  readonly host: string
  readonly port: number
  readonly user: string
  /** SHA-256 of host, user and password. */
  readonly passwordDigest: string
  /** How the source is known: `verified by PATH`, `any of PATH`, or `none`. */
  readonly tls: string
  /** Whether it says itself what it has, by GTIDs. */
  readonly isAutomatic: boolean
  readonly retrySeconds: number
  /** Undefined in MariaDB, where it is a matter of the configuration. */
  readonly attempts: number | undefined
  /** `Yes`, `No` or `Connecting`. */
  readonly io: string
  readonly sql: string
  /** Undefined where nothing runs. */
  readonly lagSeconds: number | undefined
  /** How far it is behind on purpose. */
  readonly delaySeconds: number
  /** Number and words of the last errors; empty where there is none. */
  readonly ioError: string
  readonly sqlError: string
}

/** The status in the row of the channel without a name; undefined where there is none. */
export function replicaStatusIn(
  records: readonly Readonly<Record<string, string>>[],
  { worker, passwordDigest }: { readonly worker: string; readonly passwordDigest: string },
): ReplicaStatus | undefined {
  const record = records.find(({ Channel_Name: channel = '' }) => channel === '')
  if (!record) return undefined
  const of = (name: string) => record[name] ?? record[mariadbNames[name] ?? name.replace('Source', 'Master')] ?? ''
  const attempts = record.Source_Retry_Count
  const lag = of('Seconds_Behind_Source')
  return {
    host: of('Source_Host'),
    port: Number(of('Source_Port')),
    user: of('Source_User'),
    passwordDigest,
    tls: tlsOf(of('Source_SSL_Allowed'), of('Source_SSL_Verify_Server_Cert'), of('Source_SSL_CA_File')),
    isAutomatic: of('Auto_Position') === '1' || of('Using_Gtid') === 'Slave_Pos',
    retrySeconds: Number(of('Connect_Retry')),
    attempts: attempts === undefined ? undefined : Number(attempts),
    io: of('Replica_IO_Running'),
    sql: of('Replica_SQL_Running'),
    lagSeconds: /^\d+$/.test(lag) ? Number(lag) : undefined,
    delaySeconds: Number(of('SQL_Delay')),
    ioError: errorOf(of('Last_IO_Errno'), of('Last_IO_Error')),
    // Of several workers the server names one that failed; what it failed with stands elsewhere.
    sqlError: errorOf(of('Last_SQL_Errno'), worker || of('Last_SQL_Error')),
  }
}

const mariadbNames: Readonly<Record<string, string>> = {
  Replica_IO_Running: 'Slave_IO_Running',
  Replica_SQL_Running: 'Slave_SQL_Running',
}

function tlsOf(isOn: string, isVerified: string, caPath: string): string {
  if (isOn !== 'Yes') return 'none'
  return `${isVerified === 'Yes' ? 'verified by' : 'any of'} ${caPath}`
}

function errorOf(number: string, words: string): string {
  return number === '' || number === '0' ? '' : `error ${number}: ${withoutHashes(words)}`
}

/** Servers tell the statement that failed, which may be one that makes a user. */
function withoutHashes(words: string): string {
  return words.replaceAll(/\b(BY|AS|USING|PASSWORD)(\s*\(?\s*)'[^']*'/gi, "$1$2'********'")
}

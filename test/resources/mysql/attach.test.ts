/** What is done on the host that is made a replica, by a real sh: when a copy is taken, what is refused, how long it waits. */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/index.ts'
import { attach } from '../../../src/resources/mysql/attach.ts'
import { type MysqlReplica, mysqlReplica } from '../../../src/resources/mysql/replica.query.ts'
import { mysqlReplicaSchema } from '../../../src/resources/mysql/replica-schema.ts'
import { runScript, temporaryFolder } from '../run-script.ts'
import { type StandIns, standIns } from '../stand-in.ts'

const [self, other] = ['b2422482-e71c-11f1-98c5-aa4dbdf00a54', 'b2a47413-e71c-11f1-803d-4af8c6bc5647']
const asked = { tls: { caPath: '/etc/ssl/ca.crt', verify: true }, lagLimitSeconds: 12 }
const password = new Secret('replication', 'canary')
const caPath = '/etc/ssl/ca.crt'

/** What the servers of a test say. */
interface Said {
  /** Of this server, before. */
  readonly executed?: string
  readonly databases?: string
  /** Of the source: transactions that it does not know, that it no longer tells, `own`. */
  readonly errant?: string
  readonly purged?: string
  readonly own?: string
  /** How often it is asked until it has what its source has. */
  readonly reachedAfter?: number
  /** What it does not receive. */
  readonly unreceived?: string
  readonly delay?: number
}

// `command -v` finds no mariadb, also where the machine has one.
const withoutMariadb = 'command() { [ "$2" != mariadb ]; }'

const never: Said = { reachedAfter: 1_000_000 }

let folder: string
let programs: StandIns

beforeEach(() => {
  folder = temporaryFolder()
  programs = standIns({
    // Statements come on standard input; to the source they are an argument.
    mysql: `cd '${folder}' || exit
case $* in *--defaults-file=/dev/stdin*)
  cat >/dev/null
  case $* in *"'source'"*) cat source ;; *"'has '"*) printf 'has %s\\n' "$(cat wanted)" ;; esac
  exit
esac
sql=$(cat); printf '%s\\n' "$sql" >>sql
case $sql in
*@@pid_file*) echo '${folder}/pid' ;;
*WAIT_FOR_EXECUTED*) tries=$(cat tries); echo $((tries - 1)) >tries; [ "$tries" -gt 0 ] && echo 1 || echo 0 ;;
*"'later'"*) cat later ;;
*"SELECT 'server'"*) cat look ;;
*'SHOW REPLICA STATUS'*) printf 'Replica_IO_Running: Yes\\nReplica_SQL_Running: Yes\\nSeconds_Behind_Source: 0\\nSQL_Delay: %s\\n' "$(cat delay)" ;;
*SCHEMATA*) cat databases ;;
*gtid_executed*) cat executed ;;
esac`,
  })
})

function say({
  executed = '',
  databases = '',
  errant = '-',
  purged = '-',
  own = '-',
  reachedAfter = 0,
  unreceived = '-',
  delay = 0,
}: Said): void {
  const missing = `${other}:1-10`
  const files = {
    executed,
    databases,
    wanted: missing,
    pid: '4194305',
    tries: String(reachedAfter),
    delay: String(delay),
    later: `later\t${missing}\t${unreceived}\n`,
    source: `source\t${other}\t${errant}\t${purged}\t${own}\t${missing}\t${missing}\n`,
    look: `---\nserver\nserver\tV\t1\nserver\t9.7.4\t1\n---\nself\nid\tlog_bin\tgtid_mode\tdatadir\n${self}\t1\tON\t/\n---\nexecuted\nexecuted\nexecuted ${executed}\n---\nstatus\nReplica_IO_State\tReplica_IO_Running\tReplica_SQL_Running\tend\nx\tYes\tYes\tend\n`,
    sql: '',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

function attached(said: Said, more: object = {}) {
  say(said)
  const server: MysqlReplica = {
    kind: 'known',
    server: { version: '9.7.4', isReadOnly: true },
    serverId: self,
    hasBinaryLog: true,
    hasGtids: true,
    executed: said.executed ?? '',
    databases: [],
    replicas: 0,
    isHalfSeeded: false,
    status: undefined,
    source: undefined,
  }
  const desired = mysqlReplicaSchema.parse({
    source: { host: '192.0.2.11' },
    user: 'replication',
    password,
    tls: { caPath },
    ...more,
  })
  const command = attach(server, desired)
  const script = `${programs.before}\n${withoutMariadb}\n${command.script}`
  const input = join(folder, 'input')
  writeFileSync(input, 'canary\ncanary\n')
  const { status, stderr } = spawnSync('sh', ['-c', `exec <'${input}'\n${script}`], { encoding: 'utf8' })
  const sql = readFileSync(join(folder, 'sql'), 'utf8')
  return { status, stderr, isCopied: sql.includes('CLONE INSTANCE'), isAttached: /CHANGE REPLICATION SOURCE/.test(sql) }
}

describe('a copy is taken', () => {
  it.each<[string, Said]>([
    ['by an empty server, whatever its source could tell from its binary logs', {}],
    ['where the source no longer tells what is lacking', { executed: `${other}:1-3`, purged: `${other}:4-5` }],
    [
      'where the source has transactions that this server made and lost: it would skip them',
      { executed: `${other}:1-3`, own: 'own' },
    ],
    ['by a server without databases, which has nothing to lose', { executed: `${self}:1`, errant: `${self}:1` }],
  ])('%s', (_name, said) => {
    expect(attached(said)).toMatchObject({ stderr: '', status: 0, isCopied: true, isAttached: true })
    expect(attached(said, { seed: 'never' })).toMatchObject({
      stderr: expect.stringMatching(/^it needs a copy of the data: .*\. But seed is never\n$/),
      status: 1,
      isCopied: false,
      isAttached: false,
    })
  })

  it('by no server that has a part of what its source tells', () => {
    expect(attached({ executed: `${other}:1-3`, databases: 'app' })).toMatchObject({
      isCopied: false,
      isAttached: true,
    })
  })

  it('by no server with transactions and databases of its own, which is refused', () => {
    const refused = attached({ executed: `${self}:1-4`, databases: 'app', errant: `${self}:1-4` })
    expect(refused).toMatchObject({ status: 1, isCopied: false, isAttached: false })
    expect(refused.stderr).toContain(`that 192.0.2.11:3306 does not know: 4 in all, ${self}:1-4\n`)
    expect(refused.stderr).toContain('foobar-deploy do mysql rejoin')
  })
})

describe('after it was attached', () => {
  it('it is waited for until it has what its source has, whatever its lag says', () => {
    expect(attached({ reachedAfter: 2 })).toMatchObject({ status: 0 })
    expect(readFileSync(join(folder, 'tries'), 'utf8').trim()).toBe('-1')
  })

  it('it is a failure when it does not get there in time', () => {
    expect(attached(never, { withinMs: 1000 })).toMatchObject({
      status: 1,
      stderr: `after 1 s this server has not executed what 192.0.2.11:3306 had when the wait began: ${other}:1-10\n`,
    })
  })
})

describe('the reading', () => {
  const read = (said: Said) => {
    say(said)
    const { kind } = mysqlReplica(asked)
    const output = runScript(kind.script([asked]), `${programs.before}\n${withoutMariadb}`)
    const [answer] = kind.parse(output, [asked])
    return (answer as MysqlReplica).source
  }

  const missing = `${other}:1-10`
  const unreceived = `${other}:7`

  it.each<[string, Said, number, object]>([
    [
      'finds nothing missing where it arrives in time',
      { reachedAfter: 9, unreceived },
      10,
      { missing: '', unreceived: '' },
    ],
    ['waits for what was received as long as it may lag', never, 12, { missing, unreceived: '' }],
    ['does not wait for a replica that is delayed on purpose', { ...never, delay: 60 }, 1, { missing, unreceived: '' }],
    ['gives up after ten seconds in which nothing arrives', { ...never, unreceived }, 10, { missing, unreceived }],
  ])('%s', (_name, said, tries, expected) => {
    expect(read(said)).toEqual({ kind: 'compared', errant: '', ...expected })
    expect(Number(readFileSync(join(folder, 'tries'), 'utf8'))).toBe((said.reachedAfter ?? 0) - tries)
  })
})

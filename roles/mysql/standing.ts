/** Whether a server has its declared role. If not, it failed over outside of a run: an error, and nothing is changed. */

import { defineQuery, defineResource, FoobarDeployError, sh, z } from 'foobar-deploy'
import { programs } from './programs.ts'

/** What is asked of the server on the host, and of its peers where nothing else explains what it says. */
interface Asked {
  readonly flavor: 'mysql' | 'mariadb'
  /** Arguments of the program that asks the peers. */
  readonly peers: readonly string[]
}

/** What a server is; undefined where it is not there or does not answer. */
interface Standing {
  readonly isClosed: boolean
  readonly hasExecuted: boolean
  /** Whom it replicates from. */
  readonly source: string | undefined
  /** What a peer says against making it writable. */
  readonly objection: string | undefined
}

const standingQuery = defineQuery<Asked, Standing | undefined>({
  name: 'mysql-standing',
  key: (asked) => JSON.stringify(asked),
  script: (all) => all.map(scriptOf).join('\n'),
  parse: ({ stdout }, all) => {
    const parts = stdout.toString().split('---\n')
    return all.map((_asked, index) => standingIn(parts[index] ?? ''))
  },
})

/** The standing of the database server on the host. */
export const mysqlStanding = defineResource({
  type: 'mysqlStanding',
  schema: z.strictObject({
    role: z.enum(['primary', 'replica']),
    host: z.string(),
    flavor: z.enum(['mysql', 'mariadb']),
    peers: z.array(z.string()),
    /** What speaks against any change, found by asking all servers. */
    contradiction: z.string().optional(),
  }),
  id: ({ host, role }) => `${host} is ${role}`,
  read: ({ role, flavor, peers }) => ({ standing: standingQuery({ flavor, peers: role === 'primary' ? peers : [] }) }),
  parse: ({ standing }, { role, host, contradiction }) => {
    if (contradiction) throw contradicted(contradiction)
    const wrong = standing && problemOf(standing, role)
    if (!wrong) return {}
    throw new FoobarDeployError(
      'task',
      'mysql-standing',
      'A database server does not have the role that it should have',
      {
        detail: `${host} would be the ${role}, but ${wrong}`,
        hint: 'Apply to all hosts of the group at once, without --limit: then the servers say which one is the primary. `foobar-deploy status` shows them side by side.',
      },
    )
  },
  isPrecondition: true,
  provides: () => [],
  diff: () => [],
  *apply() {},
})

function contradicted(detail: string): FoobarDeployError {
  return new FoobarDeployError('task', 'mysql-contradiction', 'The database servers contradict each other', {
    detail,
    hint: 'Decide which server has the data that counts; `foobar-deploy status` compares them. Then stop the other one, and let it follow with `foobar-deploy do mysql rejoin`.',
  })
}

function problemOf({ isClosed, hasExecuted, source, objection }: Standing, role: 'primary' | 'replica') {
  if (role === 'primary') return source ? `replicates from ${source}` : objection
  // A server just installed is writable and has nothing of its own.
  return !isClosed && !source && hasExecuted ? 'is writable and has transactions of its own' : undefined
}

function standingIn(text: string): Standing | undefined {
  const value = (name: string) => new RegExp(`^ *${name}: (.*)$`, 'm').exec(text)?.[1]
  if (value('is_closed') === undefined) return undefined
  const host = value('Source_Host') ?? value('Master_Host')
  return {
    isClosed: !['0', 'OFF'].includes(value('is_closed') ?? ''),
    hasExecuted: value('has_executed') === '1',
    source: host,
    objection: value('objection')?.replace(/: this server stays read-only$/, ''),
  }
}

function scriptOf({ flavor, peers }: Asked): string {
  const isMysql = flavor === 'mysql'
  const statements = isMysql
    ? "SELECT @@global.read_only AS is_closed, @@global.gtid_executed <> '' AS has_executed; SHOW REPLICA STATUS"
    : "SELECT @@global.read_only AS is_closed, @@global.gtid_current_pos <> '' AS has_executed; SHOW ALL SLAVES STATUS"
  const client = isMysql ? 'mysql' : 'mariadb'
  const ask = sh`timeout 10 ${client} --no-defaults --connect-timeout=5 -E -e ${statements}`.script
  const judge = sh`timeout 20 ${programs.writable} --mode=check ${peers}`.script
  return `if [ -S /run/mysqld/mysqld.sock ]; then
said=$(${ask} 2>/dev/null | grep -E '^ *(is_closed|has_executed|Source_Host|Master_Host): ')
printf '%s\\n' "$said"
case $said in
*_Host:* | *'is_closed: 0'* | *'is_closed: OFF'*) ;;
*is_closed:*) [ -x ${programs.writable} ]${peers.length > 0 ? '' : ' && false'} && { said=$(${judge} 2>/dev/null) || [ $? -ne 3 ] || printf 'objection: %s\\n' "$said"; } ;;
esac
fi
echo ---`
}

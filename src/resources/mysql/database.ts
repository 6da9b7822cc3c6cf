/** A database of MySQL or MariaDB with its character set and collation, or its absence. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { type Change, compare } from '../../plan/change.ts'
import { Unavailable } from '../../plan/resource.ts'
import { mysqlNeeds } from './client.ts'
import { type MysqlDatabase, mysqlDatabase as mysqlDatabaseQuery } from './database.query.ts'
import { mysqlDatabaseName } from './names.ts'
import { whileReadOnly } from './read-only.ts'
import { runMysql } from './run.ts'
import { sqlName } from './text.ts'

const word = z.string().regex(/^[a-z0-9_]+$/, 'must be a name in lower case')

const schema = z
  .strictObject({
    /** Its name. */
    name: mysqlDatabaseName,
    /** By default that of the server. */
    characterSet: word.refine((name) => name !== 'utf8', 'means different things; say utf8mb4 or utf8mb3').optional(),
    /** By default that of the character set. */
    collation: word.optional(),
    /** `absent` removes the database with all that is in it. */
    state: z.enum(['present', 'absent']).default('present'),
  })
  .superRefine(({ state, characterSet, collation }, context) => {
    for (const [key, given] of Object.entries({ characterSet, collation })) {
      if (state === 'absent' && given !== undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'does not apply to a database that is absent' })
      }
    }
    if (characterSet !== undefined && collation !== undefined && !belongs(collation, characterSet)) {
      context.addIssue({ code: 'custom', path: ['collation'], message: `is none of ${characterSet}` })
    }
  })

type Desired = z.output<typeof schema>

/**
 * A database. Character set and collation are those for new tables: tables that are there keep theirs. It is made on the server
 * that may be written to; on one that is read-only, the task fails if there is something to change, because it would come
 * between that server and its source.
 *
 * @example
 * ```ts
 * import { mysqlDatabase } from 'foobar-deploy'
 *
 * mysqlDatabase({ name: 'app', characterSet: 'utf8mb4' })
 * mysqlDatabase({ name: 'old', state: 'absent' })
 * ```
 */
export const mysqlDatabase = defineResource({
  type: 'mysqlDatabase',
  schema,
  id: ({ name }: Desired) => name,
  read: ({ name }: Desired) => ({ answer: mysqlDatabaseQuery(name) }),
  parse: ({ answer }, desired: Desired): MysqlDatabase | Unavailable => {
    if (answer.kind === 'unreadable') return new Unavailable(answer.reason, answer.hint, mysqlNeeds)
    return whileReadOnly(answer.server, diff(answer, desired), `the database ${desired.name}`) ?? answer
  },
  provides: () => [],
  diff,
  *apply(_changes, desired: Desired, { database }) {
    const name = sqlName(desired.name)
    yield runMysql([
      desired.state === 'absent'
        ? `DROP DATABASE ${name}`
        : `${database ? 'ALTER' : 'CREATE'} DATABASE ${name}${words(desired)}`,
    ])
  },
  independent: true,
})

function diff({ database }: MysqlDatabase, desired: Desired): Change[] {
  if (desired.state === 'absent') return database ? [{ key: 'state', from: 'present', to: 'absent' }] : []
  const made: Change[] = database ? [] : [{ key: 'state', from: 'absent', to: 'present' }]
  return [...made, ...compare(database ?? {}, desired, ['characterSet', 'collation'])]
}

function words({ characterSet, collation }: Desired): string {
  return [
    characterSet === undefined ? '' : ` CHARACTER SET ${characterSet}`,
    collation === undefined ? '' : ` COLLATE ${collation}`,
  ].join('')
}

function belongs(collation: string, characterSet: string): boolean {
  return collation === characterSet || collation.startsWith(`${characterSet}_`)
}

/** Makes the tables the application needs: idempotent, and harmless when several instances start at a time. */

import type { Endpoint, Query } from './endpoint.ts'

/** Each brings the tables from one version to the next. Once released, one is never changed; new ones come after it. */
const migrations: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS notes (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    text VARCHAR(500) NOT NULL,
    server VARCHAR(64) NOT NULL,
    created_at DATETIME(3) NOT NULL
  ) CHARACTER SET utf8mb4`,
]

/** The version that this release works with. */
export const wantedVersion = migrations.length

/** The version of the tables that `query` sees; 0 where there are none. */
export async function versionOf(query: Query): Promise<number> {
  try {
    const [row] = await query<{ version: number | null }[]>('SELECT MAX(version) AS version FROM schema_migrations')
    return Number(row?.version ?? 0)
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ER_NO_SUCH_TABLE') return 0
    throw thrown
  }
}

/** Brings the tables to the wanted version; gives how many migrations that took. Newer tables are left as they are. */
export function migrate(database: Endpoint): Promise<number> {
  return database.together(async (query) => {
    if ((await versionOf(query)) >= wantedVersion) return 0
    const lock = 'foobar-app migration'
    const [got] = await query<{ isHeld: number | null }[]>('SELECT GET_LOCK(?, 1) AS isHeld', [lock])
    if (got?.isHeld !== 1) throw new Error('another instance is at work on the tables')
    try {
      await query('CREATE TABLE IF NOT EXISTS schema_migrations (version INT UNSIGNED NOT NULL PRIMARY KEY)')
      const before = await versionOf(query)
      for (const [index, sql] of migrations.entries()) {
        if (index < before) continue
        await query(sql)
        await query('INSERT IGNORE INTO schema_migrations (version) VALUES (?)', [index + 1])
      }
      return Math.max(0, wantedVersion - before)
    } finally {
      await query('SELECT RELEASE_LOCK(?)', [lock]).catch(() => {})
    }
  })
}

/** Notes: written to the one endpoint of the database, read from the other. */

import type { Endpoint } from './endpoint.ts'

/** A note as it is kept. */
export interface Note {
  readonly id: number
  readonly text: string
  /** The server that wrote it. */
  readonly server: string
  /** In UTC, as ISO 8601 writes it. */
  readonly createdAt: string
}

/** Some notes, the newest first, and which endpoint they were read from. */
export interface Found {
  readonly notes: readonly Note[]
  readonly from: 'read' | 'write'
}

/** See the file’s first line. */
export interface Notes {
  /**
   * The newest notes. Replicas lag: who wants to see a note of which they know the id says `after`, and is answered by the
   * writable server where the replica has not got it yet.
   */
  list(limit: number, after: number): Promise<Found>
  add(text: string): Promise<Note>
}

export const longestText = 500

interface Row {
  readonly id: number
  readonly text: string
  readonly server: string
  readonly created_at: Date
}

/** The notes in a database. */
export function makeNotes(
  database: { readonly read: Endpoint; readonly write: Endpoint },
  server: string,
  now = () => new Date(),
): Notes {
  const sql = 'SELECT id, text, server, created_at FROM notes ORDER BY id DESC LIMIT ?'
  const newest = async (endpoint: Endpoint, limit: number) =>
    (await endpoint.read<Row[]>(sql, [limit])).map(
      ({ id, text, server, created_at }): Note => ({ id, text, server, createdAt: created_at.toISOString() }),
    )
  return {
    async list(limit, after) {
      const notes = await newest(database.read, limit)
      if ((notes[0]?.id ?? 0) >= after) return { notes, from: 'read' }
      return { notes: await newest(database.write, limit), from: 'write' }
    },
    async add(text) {
      const createdAt = now()
      const { insertId } = await database.write.write<{ insertId: number }>(
        'INSERT INTO notes (text, server, created_at) VALUES (?, ?, ?)',
        [text, server, createdAt],
      )
      return { id: insertId, text, server, createdAt: createdAt.toISOString() }
    },
  }
}

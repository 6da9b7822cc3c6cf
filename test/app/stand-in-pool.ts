/** A database that is not there: a pool whose connections answer as a test wants. */

import type { Connection, Pool } from '../../app/src/endpoint.ts'

/** What a statement is answered with; an Error is thrown. */
export type Answering = (sql: string, values: readonly unknown[]) => unknown

/** A pool that tells what happened to its connections. */
export class StandInPool implements Pool {
  readonly statements: string[] = []
  readonly ends: ('released' | 'destroyed')[] = []
  /** What connecting is answered with: nothing, or an error; `hang` for never. */
  connecting: () => Error | 'hang' | undefined = () => undefined
  answering: Answering

  constructor(answering: Answering = () => []) {
    this.answering = answering
  }

  async getConnection(): Promise<Connection> {
    const refused = this.connecting()
    if (refused === 'hang') return new Promise(() => {})
    if (refused) throw refused
    return {
      query: async ({ sql, values }) => {
        this.statements.push(sql.trim().split('\n')[0] ?? '')
        const answer = await this.answering(sql, values)
        if (answer instanceof Error) throw answer
        return [answer, undefined]
      },
      release: () => {
        this.ends.push('released')
      },
      destroy: () => {
        this.ends.push('destroyed')
      },
    }
  }

  async end(): Promise<void> {}
}

/** What the server says no with. */
export const refusal = (code: string): Error => Object.assign(new Error(code), { code, sqlState: 'HY000' })

/** What the driver says of a connection that is gone. */
export const loss = (code: string): Error => Object.assign(new Error(code), { code, fatal: true })

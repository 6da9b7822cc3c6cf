/** What the application is told by its environment. */

import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** See the file’s first line. */
export interface Configuration {
  /** Shown on the page: who of several answered. */
  readonly serverName: string
  /** Shown on the page and in the log: what is running. */
  readonly release: string
  readonly host: string
  readonly port: number
  readonly database: {
    /** Follows the server that is writable. */
    readonly write: Address
    /** Servers that may lag behind. */
    readonly read: Address
    readonly name: string
    readonly user: string
    readonly password: string
    /** The certificates of those who may sign for the database; with them the connection is encrypted and verified. */
    readonly ca: string | undefined
    /** The most connections, to each of the two. */
    readonly poolSize: number
    /** How long connecting or a statement may take. */
    readonly timeoutMs: number
    /** How long a request waits for a database that is being switched over. */
    readonly patienceMs: number
    /** The same where nobody listens at the endpoint. */
    readonly refusedPatienceMs: number
  }
  /** How long it says that it is not ready before it takes no more connections. */
  readonly drainMs: number
  /** How long requests under way may take to end after that. */
  readonly stopMs: number
}

/** A host and a port. */
export interface Address {
  readonly host: string
  readonly port: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the environment. Throws one error that names everything wrong, and no value. */
export function configurationFrom(environment: Environment): Configuration {
  const problems: string[] = []
  const text = (name: string, fallback?: string): string => {
    const value = environment[name] ?? fallback
    if (value === undefined || value === '') problems.push(`${name} is missing`)
    return value ?? ''
  }
  const number = (name: string, fallback: number, least: number): number => {
    const value = Number(environment[name] ?? fallback)
    if (!Number.isInteger(value) || value < least) problems.push(`${name} must be a whole number from ${least} up`)
    return value
  }
  const address = (name: string, fallback: string): Address => {
    const [, host = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text(name, fallback)) ?? []
    if (host === '') problems.push(`${name} must be host:port`)
    return { host, port: Number(port) }
  }
  const configuration: Configuration = {
    serverName: text('SERVER_NAME', hostname()),
    release: text('RELEASE', 'unknown'),
    host: text('HOST', '127.0.0.1'),
    port: number('PORT', 3000, 0),
    database: {
      write: address('DATABASE_WRITE', '127.0.0.1:6446'),
      read: address('DATABASE_READ', environment.DATABASE_WRITE ?? '127.0.0.1:6447'),
      name: text('DATABASE_NAME'),
      user: text('DATABASE_USER'),
      password: environment.DATABASE_PASSWORD ?? '',
      ca: certificates(environment.DATABASE_CA, problems),
      poolSize: number('DATABASE_POOL_SIZE', 10, 1),
      timeoutMs: number('DATABASE_TIMEOUT_MS', 2000, 100),
      patienceMs: number('DATABASE_PATIENCE_MS', 5000, 0),
      refusedPatienceMs: number('DATABASE_REFUSED_PATIENCE_MS', 400, 0),
    },
    drainMs: number('DRAIN_MS', 500, 0),
    stopMs: number('STOP_MS', 10_000, 100),
  }
  if (problems.length > 0) throw new Error(`The environment is not right: ${problems.join('; ')}`)
  return configuration
}

function certificates(path: string | undefined, problems: string[]): string | undefined {
  if (path === undefined || path === '') return undefined
  try {
    const text = readFileSync(path, 'utf8')
    if (!text.includes('BEGIN CERTIFICATE')) problems.push('DATABASE_CA names a file without a certificate')
    return text
  } catch {
    problems.push('DATABASE_CA names a file that cannot be read')
    return undefined
  }
}

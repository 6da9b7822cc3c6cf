/** The example application: wires its parts, starts, and stops in good order. */

import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import process, { env, pid, stdout, version } from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { type Configuration, configurationFrom } from './configuration.ts'
import { connect } from './connect.ts'
import { makeHttpServer } from './http-server.ts'
import { causeOf, makeLog } from './log.ts'
import { migrate, versionOf, wantedVersion } from './migrate.ts'
import { makeNotes } from './notes.ts'
import { makeReadiness } from './readiness.ts'

let configuration: Configuration
try {
  // Where it runs from a folder of releases, that folder has the name of the release.
  const folder = basename(process.cwd())
  configuration = configurationFrom({ ...(/^[0-9a-f]{16}$/.test(folder) ? { RELEASE: folder } : {}), ...env })
} catch (thrown) {
  makeLog((line) => stdout.write(line), {}).error('cannot start', { cause: causeOf(thrown) })
  process.exit(1)
}
const { serverName, release, host, port, drainMs, stopMs } = configuration
const log = makeLog((line) => stdout.write(line), { server: serverName, release })
const database = connect(configuration)
const types: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', svg: 'image/svg+xml' }

/**
 * Why requests cannot be served now. One endpoint is enough: a page without writing is better than none, and where the server
 * to read from is lost, the balancer has another in a moment.
 */
async function whyNotReady(): Promise<string | undefined> {
  const versions = [database.read, database.write].map(async (endpoint) => {
    const version = await endpoint.together(versionOf)
    if (version < wantedVersion) throw new Error('the tables are not there yet')
  })
  try {
    await Promise.any(versions)
    return undefined
  } catch (thrown) {
    const [first] = (thrown as AggregateError).errors as { cause?: unknown }[]
    return `database: ${causeOf(first?.cause ?? first)}`
  }
}

/** Until it has succeeded once: the database may come later, or be writable later. */
async function migrateAtLast(isOver: () => boolean): Promise<void> {
  let told = ''
  while (!isOver()) {
    try {
      const made = await migrate(database.write)
      return log.info('tables are there', { migrations: made, version: wantedVersion })
    } catch (thrown) {
      const { cause = thrown } = thrown as { cause?: unknown }
      const reason = causeOf(cause)
      if (reason !== told) log.error('tables cannot be made yet', { cause: reason })
      told = reason
      await delay(1000)
    }
  }
}

const folder = new URL('public/', import.meta.url)
const readiness = makeReadiness(whyNotReady, (reason) =>
  reason === undefined ? log.info('ready') : log.error('not ready', { reason }),
)
const server = makeHttpServer(
  {
    server: { serverName, release },
    notes: makeNotes(database, serverName),
    readiness,
    files: new Map(
      readdirSync(folder).map((name) => {
        const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
        return [name, { type, body: readFileSync(new URL(name, folder)) }]
      }),
    ),
  },
  log,
)

async function stop(signal: string): Promise<void> {
  if (readiness.isDraining()) return
  log.info('stopping', { signal })
  await server.stop({ drainMs, stopMs })
  await Promise.race([Promise.allSettled([database.read.end(), database.write.end()]), delay(1000)])
  log.info('stopped')
  process.exit(0)
}

process.on('SIGTERM', (signal) => void stop(signal))
process.on('SIGINT', (signal) => void stop(signal))

// Sockets that systemd opened start with number 3; it keeps them open while the application is restarted.
const isGiven = env.LISTEN_PID === String(pid) && env.LISTEN_FDS === '1'
const listening = await server.listen(isGiven ? { fd: 3 } : { host, port })
log.info('listening', { ...(isGiven ? { socket: 'given' } : { host, port: listening.port }), node: version })
void migrateAtLast(() => readiness.isDraining())

/** How each host came through the last apply that it was in: kept for `--failed`, one file an inventory. */

import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { z } from 'zod'
import type { Emit, HostRecap } from '../../engine/events.ts'
import { FoobarDeployError, messageOf } from '../../errors.ts'
import { writeWhole } from '../write-whole.ts'

const schema = z.strictObject({
  schemaVersion: z.literal(1),
  inventory: z.string(),
  /** By name of the host: how it ended, and when that was written, in UTC. */
  hosts: z.record(
    z.string(),
    z.strictObject({ ended: z.enum(['fine', 'failed', 'unreachable', 'unfinished']), at: z.iso.datetime() }),
  ),
})

type LastApply = z.output<typeof schema>
type Ended = LastApply['hosts'][string]['ended']

/** The hosts among `names` that did not come through the last apply they were in. Throws where there is none such. */
export function failedHosts(inventory: string, names: readonly string[]): string[] {
  const last = readLastApply(inventory)
  if (!last) {
    throw new FoobarDeployError('usage', 'no-last-apply', 'No earlier apply of this inventory is recorded', {
      detail: inventory,
      hint: 'Leave --failed out. What is known is kept by user and machine, and goes by the path of the inventory.',
    })
  }
  const failed = names.filter((name) => (last.hosts[name]?.ended ?? 'fine') !== 'fine')
  if (failed.length > 0) return failed
  const latest = Object.values(last.hosts)
    .map(({ at }) => at)
    .sort()
    .at(-1)
  throw new FoobarDeployError('usage', 'nothing-failed', 'No host failed in the last apply of this inventory', {
    detail: `${inventory}${latest === undefined ? '' : `, applied at ${latest}`}`,
    hint: 'There is nothing to repeat. Leave --failed out to apply to all hosts.',
  })
}

/** Listens to an apply and keeps how its hosts end; until then they are unfinished. Hosts that are not in it stay as they were. */
export function keepLastApply(inventory: string, tell: (text: string) => void): Emit {
  let hosts: readonly string[] = []
  let isKept = false
  const keep = (ended: (name: string) => Ended) => {
    try {
      const at = new Date().toISOString()
      const before = hostsBefore(inventory)
      const now = Object.fromEntries(hosts.map((name) => [name, { ended: ended(name), at }]))
      const last: LastApply = { schemaVersion: 1, inventory: realpathSync(inventory), hosts: { ...before, ...now } }
      writeWhole(pathFor(inventory), `${JSON.stringify(last)}\n`, { isDurable: false })
    } catch (thrown) {
      tell(`--failed will not know of this run: ${messageOf(thrown)}`)
    }
  }
  return (event) => {
    if (event.type === 'run-started') hosts = event.hosts
    // Not before: what is found wrong until then has changed no host.
    if (event.type === 'play-started' && !isKept) {
      isKept = true
      keep(() => 'unfinished')
    }
    if (event.type === 'run-finished') keep((name) => endOf(event.recap[name]))
  }
}

function endOf(recap: HostRecap | undefined): Ended {
  if (!recap) return 'unfinished'
  const { error } = recap
  if (!error) return 'fine'
  if (error.family === 'unreachable') return 'unreachable'
  return error.family === 'interrupted' || error.code === 'run-halted' ? 'unfinished' : 'failed'
}

// What cannot be read is replaced.
function hostsBefore(inventory: string): LastApply['hosts'] {
  try {
    return readLastApply(inventory)?.hosts ?? {}
  } catch {
    return {}
  }
}

function readLastApply(inventory: string): LastApply | undefined {
  const path = pathFor(inventory)
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FoobarDeployError('environment', 'last-apply-unreadable', 'The record of the last apply cannot be read', {
      detail: messageOf(cause),
      hint: `Remove the file ${path}; the next apply writes it anew.`,
      cause,
    })
  }
}

function pathFor(inventory: string): string {
  const { XDG_STATE_HOME: given } = process.env
  const state = given?.startsWith('/') ? given : join(homedir(), '.local/state')
  const key = createHash('sha256').update(realpathSync(inventory)).digest('hex').slice(0, 32)
  return join(state, 'foobar-deploy', `last-apply-${key}.json`)
}

/** What is kept for `--failed`: how each host came through the last apply that it was in. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { failedHosts, keepLastApply } from '../../src/cli/apply/last-apply.ts'
import type { HostRecap } from '../../src/engine/events.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import { recap, taskFailed, unreachable } from '../report/recorded-events.ts'

const names = ['web1', 'web2', 'web3', 'web4']
const halted = new FoobarDeployError('task', 'run-halted', 'The run was ended')
let folder: string
let inventory: string
let told: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'last-apply-'))
  inventory = join(folder, 'prod.ts')
  writeFileSync(inventory, '')
  told = []
  vi.stubEnv('XDG_STATE_HOME', join(folder, 'state'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

function begin(hosts: readonly string[], path = inventory) {
  const keep = keepLastApply(path, (text) => told.push(text))
  keep({ type: 'run-started', mode: 'apply', runId: 'a', playbook: 'site', hosts })
  return keep
}

function apply(hosts: Readonly<Record<string, HostRecap>>, path = inventory): void {
  const keep = begin(Object.keys(hosts), path)
  keep({ type: 'play-started', play: 'Web', hosts: Object.keys(hosts) })
  keep({ type: 'run-finished', mode: 'apply', exitCode: 0, durationMs: 1, interrupted: false, recap: hosts })
}

const fine = recap({ ok: 1 })

test('names the hosts that failed, were unreachable or did not finish', () => {
  apply({
    web1: fine,
    web2: recap({ failed: 1 }, { error: taskFailed }),
    web3: recap({ unreachable: 1 }, { error: unreachable }),
    web4: recap({}, { error: halted }),
  })
  expect(failedHosts(inventory, names)).toEqual(['web2', 'web3', 'web4'])
  expect(failedHosts(inventory, ['web1', 'web3'])).toEqual(['web3'])
  expect(told).toEqual([])
})

test('a host stays as it was while it is in no apply', () => {
  apply({ web1: recap({}, { error: taskFailed }), web2: recap({}, { error: taskFailed }) })
  apply({ web1: fine })
  expect(failedHosts(inventory, names)).toEqual(['web2'])
})

test('a run that is killed leaves its hosts unfinished, one that never came to a play leaves all as it was', () => {
  apply({ web1: recap({}, { error: taskFailed }), web2: fine })
  begin(['web1', 'web2'])
  expect(failedHosts(inventory, names)).toEqual(['web1'])
  begin(['web1', 'web2'])({ type: 'play-started', play: 'Web', hosts: ['web1', 'web2'] })
  expect(failedHosts(inventory, names)).toEqual(['web1', 'web2'])
})

test('nothing known, and nothing failed, are errors that say what to do', () => {
  expect(() => failedHosts(inventory, names)).toThrow(
    expect.objectContaining({
      code: 'no-last-apply',
      exitCode: 1,
      hint: expect.stringContaining('Leave --failed out'),
    }),
  )
  apply({ web1: fine })
  expect(() => failedHosts(inventory, names)).toThrow(
    expect.objectContaining({ code: 'nothing-failed', detail: expect.stringMatching(/prod\.ts, applied at 20/) }),
  )
})

test('goes by the real path, and keeps inventories apart, for the user alone', () => {
  const link = join(folder, 'link.ts')
  symlinkSync(inventory, link)
  const other = join(folder, 'other.ts')
  writeFileSync(other, '')
  apply({ web1: recap({}, { error: taskFailed }) }, link)
  apply({ web1: fine }, other)
  expect(failedHosts(inventory, names)).toEqual(['web1'])
  const state = join(folder, 'state/foobar-deploy')
  const kept = readdirSync(state)
  expect(kept).toHaveLength(2)
  for (const name of kept) expect(statSync(join(state, name)).mode & 0o777).toBe(0o600)
})

test('a file that cannot be read is told, and replaced by the next apply', () => {
  apply({ web1: fine })
  const state = join(folder, 'state/foobar-deploy')
  writeFileSync(join(state, readdirSync(state)[0] ?? ''), '{')
  expect(() => failedHosts(inventory, names)).toThrow(expect.objectContaining({ code: 'last-apply-unreadable' }))
  apply({ web1: recap({}, { error: taskFailed }) })
  expect(failedHosts(inventory, names)).toEqual(['web1'])
})

test('where nothing can be kept, the run is told so and goes on', () => {
  mkdirSync(join(folder, 'state'))
  writeFileSync(join(folder, 'state/foobar-deploy'), 'in the way')
  apply({ web1: fine })
  expect(told[0]).toMatch(/^--failed will not know of this run: /)
})

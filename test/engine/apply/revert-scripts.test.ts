/** The scripts of a watch, run here: everything comes back as it was, once, or not at all. */

import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RollbackTimer, rollBackNow, startTimer, stopTimer } from '../../../src/engine/apply/rollback-timer.ts'

let folder: string
const at = (name: string) => join(folder, name)
// Places of the toolkit's own become folders of the test; there is no systemd to be asked.
const run = (script: string) => {
  const here = script
    .replaceAll('/var/lib/foobar-deploy', at('own'))
    .replaceAll('/etc/systemd/system', at('units'))
    .replaceAll('/run/systemd/system', at('no-systemd'))
    .replaceAll('systemctl', ':')
  const { status, stdout, stderr } = spawnSync('sh', ['-c', here], { encoding: 'utf8' })
  return { status, stdout: stdout.trim(), stderr }
}

const names = ['file', 'a folder', "it's new", 'link', 'gone']
const watch = (withinMs = 20_000): RollbackTimer => ({
  name: 'a1b2c3-d4',
  node: { paths: names.map((name) => at(`etc/${name}`)), restore: `echo restored >>${at('log')}`, withinMs },
})
/** Everything there is, as lines. */
const picture = () =>
  execFileSync('sh', ['-c', 'find . -printf "%p %y %m %l\\n" | sort; cat file "a folder/inner" 2>&1; :'], {
    cwd: at('etc'),
    encoding: 'utf8',
  })

function spoil(): void {
  writeFileSync(at('etc/file'), 'spoilt')
  rmSync(at('etc/a folder'), { recursive: true })
  writeFileSync(at('etc/a folder'), 'a file now')
  mkdirSync(at("etc/it's new"))
  rmSync(at('etc/link'))
  writeFileSync(at('etc/gone'), 'came')
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'revert-'))
  mkdirSync(at('etc/a folder'), { recursive: true })
  mkdirSync(at('units'))
  writeFileSync(at('etc/file'), 'before', { mode: 0o640 })
  writeFileSync(at('etc/a folder/inner'), 'inner')
  symlinkSync('file', at('etc/link'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('every script is one that sh understands', () => {
  for (const script of [startTimer(watch()), stopTimer(watch()), rollBackNow(watch())]) {
    execFileSync('sh', ['-n', '-c', script])
  }
})

test('what is reverted at once is as it was, and nothing is left', () => {
  const before = picture()
  expect(run(startTimer(watch()))).toMatchObject({ status: 0, stderr: '' })
  spoil()
  expect(run(rollBackNow(watch()))).toMatchObject({ status: 0, stdout: 'now' })
  expect(picture()).toBe(before)
  expect(readFileSync(at('log'), 'utf8')).toBe('restored\n')
  expect(readdirSync(at('own/revert'))).toEqual([])
  expect(run(rollBackNow(watch()))).toMatchObject({ status: 0, stdout: 'before' })
  expect(run(stopTimer(watch()))).toMatchObject({ status: 1, stdout: 'reverted' })
  expect(readFileSync(at('log'), 'utf8')).toBe('restored\n')
})

test('what was in force is kept, whether or not the command that tells it succeeds, and read by what restores', () => {
  const kept: RollbackTimer = {
    ...watch(),
    node: { paths: [], keep: 'echo "in force"; echo loud >&2; exit 3', restore: `cat >${at('log')}`, withinMs: 20_000 },
  }
  expect(run(startTimer(kept))).toMatchObject({ status: 0, stdout: '', stderr: '' })
  expect(run(rollBackNow(kept))).toMatchObject({ status: 0, stdout: 'now' })
  expect(readFileSync(at('log'), 'utf8')).toBe('in force\n')
  expect(readdirSync(at('own/revert'))).toEqual([])
})

test('what was confirmed stays, also when the time is up', async () => {
  expect(run(startTimer(watch(1000))).status).toBe(0)
  spoil()
  const after = picture()
  expect(run(stopTimer(watch()))).toMatchObject({ status: 0 })
  await delay(1500)
  expect(picture()).toBe(after)
  expect(existsSync(at('log'))).toBe(false)
  expect(readdirSync(at('own/revert'))).toEqual([])
})

test('without a word it is reverted when the time is up', async () => {
  const before = picture()
  expect(run(startTimer(watch(1000))).status).toBe(0)
  spoil()
  for (let waited = 0; waited < 10_000 && readdirSync(at('own/revert')).length > 0; waited += 100) await delay(100)
  expect(picture()).toBe(before)
})

test('a watch that is set twice, because the answer to the first was lost, is one', () => {
  const before = picture()
  run(startTimer(watch()))
  expect(run(startTimer(watch())).status).toBe(0)
  spoil()
  run(rollBackNow(watch()))
  expect(picture()).toBe(before)
})

test('a watch that cannot be set says why, before anything is changed', () => {
  writeFileSync(at('own'), 'in the way')
  const { status, stderr } = run(startTimer(watch()))
  expect(status).not.toBe(0)
  expect(stderr).toContain('own')
})

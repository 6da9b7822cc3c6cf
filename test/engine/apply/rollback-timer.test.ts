/** The scripts of a watch, run here: everything comes back as it was, once, or not at all. */

import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
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
import {
  type RollbackTimer,
  readReverted,
  rollBackNow,
  startTimer,
  stopTimer,
} from '../../../src/engine/apply/rollback-timer.ts'

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
  const again = run(rollBackNow(watch()))
  expect(readReverted(again.stdout)).toEqual({ wasBefore: true, left: [] })
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

test.each([
  ['belongs to another user', () => chownSync(at('etc'), 65_534, 65_534), /etc belongs to \S+\n$/],
  ['can be written to by everybody', () => chmodSync(at('etc'), 0o777), /etc can be written to by others than root/],
  ['lets everybody make names', () => chmodSync(at('etc'), 0o1777), /everybody may make names in \S+etc\n$/],
])('a watch over paths in a folder that %s is not set, and nothing is copied', (_, open, said) => {
  open()
  expect(run(startTimer(watch()))).toMatchObject({ status: 76, stderr: expect.stringMatching(said) })
  expect(existsSync(at('own'))).toBe(false)
})

const two = (): RollbackTimer => ({
  name: 'a1b2c3-d4',
  node: { paths: [at('etc/file'), at('opt/other')], restore: ':', withinMs: 20_000 },
})
const rescuedIn = (index: number) => readFileSync(at(`own/not-reverted/a1b2c3-d4/${index}`), 'utf8')

test('a path that came into the power of another user is left and named; its copy stays, and the others come back', () => {
  mkdirSync(at('opt'))
  writeFileSync(at('opt/other'), 'before')
  run(startTimer(two()))
  writeFileSync(at('opt/other'), 'after')
  writeFileSync(at('shadow'), 'root only')
  rmSync(at('etc/file'))
  symlinkSync(at('shadow'), at('etc/file'))
  chownSync(at('etc'), 65_534, 65_534)
  const { stdout } = run(rollBackNow(two()))
  expect(readReverted(stdout)).toEqual({ wasBefore: false, left: [at('etc/file')] })
  expect(readFileSync(at('shadow'), 'utf8')).toBe('root only')
  expect(readFileSync(at('opt/other'), 'utf8')).toBe('before')
  expect(rescuedIn(0)).toBe('before')
  expect(readdirSync(at('own/revert'))).toEqual([])
})

test('a path that cannot be put back is as it was left, and not half of the copy', () => {
  mkdirSync(at('opt'))
  writeFileSync(at('opt/other'), 'before')
  run(startTimer(two()))
  writeFileSync(at('opt/other'), 'after')
  writeFileSync(at('etc/file'), 'after')
  // A full disk: the copy is begun and fails.
  mkdirSync(at('bin'))
  const cp = '#!/bin/sh\ncase $* in *opt/other*) echo half >"$5"; exit 1;; esac\nexec /bin/cp "$@"\n'
  writeFileSync(at('bin/cp'), cp, { mode: 0o755 })
  const { stdout } = run(`PATH='${at('bin')}':$PATH\n${rollBackNow(two())}`)
  expect(readReverted(stdout)).toEqual({ wasBefore: false, left: [at('opt/other')] })
  expect([readFileSync(at('opt/other'), 'utf8'), readFileSync(at('etc/file'), 'utf8')]).toEqual(['after', 'before'])
  expect(readdirSync(at('opt'))).toEqual(['other'])
  expect(rescuedIn(1)).toBe('before')
})

test('a watch that cannot be set says why, before anything is changed', () => {
  writeFileSync(at('own'), 'in the way')
  const { status, stderr } = run(startTimer(watch()))
  expect(status).not.toBe(0)
  expect(stderr).toContain('own')
})

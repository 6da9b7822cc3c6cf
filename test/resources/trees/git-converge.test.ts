/** Checkouts on this machine: moved, cut off midway, and worked on by a person. */

import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { git } from 'foobar-deploy'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { apply, converge, plan } from '../converge.ts'
import { temporaryFolder } from '../run-script.ts'

let source: string
let path: string
const as = ['-c', 'user.name=eve', '-c', 'user.email=eve@example.org']

function run(folder: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', ['-C', folder, ...as, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}

function commitTo(folder: string, files: Record<string, string>): string {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  run(folder, 'add', '-A')
  run(folder, 'commit', '-qm', Object.keys(files).join(' '))
  return run(folder, 'rev-parse', 'HEAD')
}

const text = (name: string) => readFileSync(join(path, name), 'utf8')
const task = (version: string, more = {}) => git({ repository: source, path, version, update: true, ...more })
const refs = (pattern: string) => run(path, 'for-each-ref', '--format=%(refname)', pattern).split('\n').filter(Boolean)

beforeEach(() => {
  const base = temporaryFolder()
  source = join(base, 'source')
  path = join(base, 'checkout')
  mkdirSync(source)
  run(source, 'init', '-q', '-b', 'main')
  commitTo(source, { a: 'a1\n', b: 'b1\n', c: 'c1\n' })
  run(source, 'tag', 'v1')
})

/** As a power cut leaves it in the middle of a move to the next version. */
function cutOff() {
  commitTo(source, { a: 'a2\n', b: 'b2\n', d: 'd2\n' })
  writeFileSync(join(path, '.git/foobar-deploy-move'), '')
  for (const name of ['index.lock', 'HEAD.lock', 'refs/heads/main.lock']) writeFileSync(join(path, '.git', name), '')
  writeFileSync(join(path, 'a'), 'a2\n')
  writeFileSync(join(path, 'b'), '')
  writeFileSync(join(path, 'd'), '')
}

describe('a move that was cut off', () => {
  it('is done again, whatever it left', () => {
    converge(task('main'))
    cutOff()
    expect(converge(task('main'))[0]).toBe('unfinished move')
    expect([text('a'), text('b'), text('d')]).toEqual(['a2\n', 'b2\n', 'd2\n'])
    expect(run(path, 'status', '--porcelain')).toBe('')
    expect(spawnSync('find', [join(path, '.git'), '-name', '*.lock'], { encoding: 'utf8' }).stdout).toBe('')
  })

  it('is done again where the index is cut too', () => {
    converge(task('main'))
    cutOff()
    writeFileSync(join(path, '.git/index'), '')
    expect(converge(task('main'))[0]).toBe('unfinished move')
    expect(run(path, 'status', '--porcelain')).toBe('')
  })

  it('is done again where it had come to its end, but files were not on the disk', () => {
    converge(task('v1', { update: false }))
    writeFileSync(join(path, '.git/foobar-deploy-move'), '')
    writeFileSync(join(path, 'c'), '\0\0\0')
    expect(converge(task('v1', { update: false }))).toContain('unfinished move')
    expect(text('c')).toBe('c1\n')
  })

  it('keeps what a person has written since', () => {
    converge(task('main'))
    cutOff()
    writeFileSync(join(path, 'c'), 'my own\n')
    converge(task('main'))
    expect(text('c')).toBe('c1\n')
    const [kept = ''] = refs('refs/foobar-deploy/kept-*')
    expect(run(path, 'show', `${kept}:c`)).toBe('my own')
  })

  it('is not done again while a git is at work there', async () => {
    converge(task('main'))
    cutOff()
    const program = join(temporaryFolder(), 'git-busy')
    copyFileSync('/bin/sleep', program)
    const busy = spawn(program, ['600'], { cwd: path, stdio: 'ignore' })
    onTestFinished(() => void busy.kill())
    await new Promise((resolve) => busy.once('spawn', resolve))
    expect(apply(task('main'))).toMatchObject({ status: 1, said: expect.stringContaining('git is at work in') })
    expect(text('a')).toBe('a2\n')
    busy.kill()
    await new Promise((resolve) => busy.once('exit', resolve))
    converge(task('main'))
  })

  it('leaves no mark where nothing was moved', () => {
    converge(task('main'))
    commitTo(source, { d: 'd2\n' })
    writeFileSync(join(path, 'd'), 'not known to git')
    expect(apply(task('main'))).toMatchObject({ status: 1, said: expect.stringContaining('would be overwritten') })
    expect(text('d')).toBe('not known to git')
    rmSync(join(path, 'd'))
    expect(converge(task('main'))).toEqual(['version'])
  })
})

describe('the work of a person', () => {
  it('on the branch is not dropped, unless forced', () => {
    converge(task('main'))
    const own = commitTo(path, { own: 'mine' })
    expect(() => plan(task('main'))).toThrow('has a commit of its own on main')
    commitTo(source, { a: 'a2\n' })
    expect(() => plan(task('main'))).toThrow('has a commit of its own on main')
    expect(run(path, 'rev-parse', 'main')).toBe(own)
    expect(converge(task('main', { discardChanges: true }))).toEqual(['version'])
    expect(text('a')).toBe('a2\n')
  })

  it('on the branch is not dropped by coming back from elsewhere', () => {
    converge(task('main'))
    const own = commitTo(path, { own: 'mine' })
    converge(task('v1', { update: false }))
    commitTo(source, { a: 'a2\n' })
    expect(apply(task('main'))).toMatchObject({ status: 1, said: expect.stringContaining('own') })
    expect(run(path, 'rev-parse', 'main')).toBe(own)
  })

  it('on no branch is not dropped', () => {
    converge(task('v1', { update: false }))
    const own = commitTo(path, { own: 'mine' })
    expect(apply(task('v1', { update: false }))).toMatchObject({ status: 1, said: expect.stringContaining('own') })
    expect(run(path, 'rev-parse', 'HEAD')).toBe(own)
    run(path, 'branch', 'saved')
    converge(task('v1', { update: false }))
    expect(run(path, 'rev-parse', 'saved')).toBe(own)
  })

  it('is not seen where the history of the repository was written anew', () => {
    converge(task('main'))
    commitTo(source, { a: 'a2\n' })
    converge(task('main'))
    run(source, 'reset', '-q', '--hard', 'v1')
    commitTo(source, { a: 'another\n' })
    expect(converge(task('main'))).toEqual(['version'])
    expect(text('a')).toBe('another\n')
  })

  it('is not seen in a commit that was fetched by its name', () => {
    const first = run(source, 'rev-parse', 'HEAD')
    const second = commitTo(source, { a: 'a2\n' })
    run(source, 'config', 'uploadpack.allowAnySHA1InWant', 'true')
    converge(task(second, { depth: 1 }))
    expect(converge(task(first, { depth: 1 }))).toEqual(['version'])
  })
})

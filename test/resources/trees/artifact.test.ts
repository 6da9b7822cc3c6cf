/** Artifacts: named by their sources, built once, in a folder that holds nothing else, the same bytes each time. */

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { artifact, type LocalArtifact, localArtifact } from 'foobar-deploy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtArtifact } from '../../../src/resources/trees/build-artifact.ts'
import { runLocally } from '../../engine/local-run.ts'

let folder: string
let target: string
const build = 'mkdir -p dist/bin && cp *.sh dist/bin && ls -A >dist/seen && ln -s bin/say.sh dist/say'

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'artifact-'))
  target = mkdtempSync(join(tmpdir(), 'artifact-target-'))
  writeFileSync(join(folder, 'say.sh'), 'echo one\n', { mode: 0o755 })
})

afterEach(() => {
  for (const path of [folder, target]) rmSync(path, { recursive: true })
})

const sources = (more: Partial<Parameters<typeof localArtifact>[0]> = {}) => localArtifact({ folder, build, ...more })
const withSource = (name: string, text: string, mode = 0o755) => {
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), mode)
  return sources()
}
const task = (from: LocalArtifact) => artifact({ from, path: `${target}/release` })

describe('the name', () => {
  it('stays while the sources stay, wherever they are written down', () => {
    const { id } = sources()
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(sources({ folder: pathToFileURL(`${folder}/`) }).id).toBe(id)
    for (const name of ['node_modules', '.foobar-deploy', 'dist']) writeFileSync(join(folder, name), 'no source')
    expect(sources().id).toBe(id)
    writeFileSync(join(folder, 'notes.txt'), 'no source either')
    expect(sources({ exclude: ['*.txt'] }).id).toBe(id)
  })

  it.each<[string, () => LocalArtifact]>([
    ['a file', () => withSource('say.sh', 'echo two\n')],
    ['a name', () => withSource('more.sh', '')],
    ['a mode', () => withSource('say.sh', 'echo one\n', 0o644)],
    ['the command', () => sources({ build: `${build};` })],
    ['the folder of the output', () => sources({ output: 'out' })],
  ])('changes with %s', (_what, changed) => {
    const before = sources().id
    expect(changed().id).not.toBe(before)
  })
})

describe('the archive', () => {
  it('is built once, however many ask, and kept', async () => {
    const counted = sources({ build: `echo built >>'${target}/builds'; ${build}` })
    const [one, other] = await Promise.all([builtArtifact(counted), builtArtifact(counted)])
    expect(other).toEqual(one)
    expect(await builtArtifact(counted)).toEqual(one)
    expect(readFileSync(join(target, 'builds'), 'utf8')).toBe('built\n')
    expect(statSync(one.file).size).toBe(one.size)
    expect(readdirSync(join(folder, '.foobar-deploy', 'artifacts'))).toEqual([`${counted.id}.tar.gz`])
  })

  it('has the same bytes each time', async () => {
    const first = readFileSync((await builtArtifact(sources())).file)
    rmSync(join(folder, '.foobar-deploy'), { recursive: true })
    chmodSync(join(folder, 'say.sh'), 0o700)
    expect(readFileSync((await builtArtifact(sources())).file)).toEqual(first)
  })

  it('is not made of sources that changed after they were named', async () => {
    const named = sources()
    writeFileSync(join(folder, 'say.sh'), 'echo two\n')
    await expect(builtArtifact(named)).rejects.toMatchObject({ code: 'build-failed' })
    await expect(builtArtifact(named)).rejects.toThrow('the sources changed during the run')
  })
})

describe('a host', () => {
  it('gets it, keeps it without a build, and gets another', async () => {
    writeFileSync(join(folder, 'dist'), 'not a source')
    const from = sources()
    const first = await runLocally(target, () => [task(from)])
    expect(first.here.error).toBeUndefined()
    expect(first.here.statuses.changed).toBe(1)
    expect(readFileSync(`${target}/release/say`, 'utf8')).toBe('echo one\n')
    expect(readFileSync(`${target}/release/seen`, 'utf8')).toBe('dist\nsay.sh\n')
    expect(statSync(`${target}/release/bin/say.sh`).mode & 0o777).toBe(0o755)
    expect(statSync(`${target}/release/seen`).mode & 0o777).toBe(0o644)

    rmSync(join(folder, '.foobar-deploy'), { recursive: true })
    const second = await runLocally(target, () => [task(from)])
    expect(second.here.statuses).toMatchObject({ ok: 1, changed: 0 })
    expect(readdirSync(folder)).not.toContain('.foobar-deploy')

    writeFileSync(join(folder, 'say.sh'), 'echo two\n')
    const third = await runLocally(target, () => [task(sources())])
    expect(third.here.statuses.changed).toBe(1)
    expect(readFileSync(`${target}/release/say`, 'utf8')).toBe('echo two\n')
    expect(readdirSync(target).filter((name) => name.includes('release'))).toEqual(['release'])
  })

  it('is left alone where the build fails, which the task tells in the words of the build', async () => {
    const from = sources({ build: 'echo no such thing >&2; exit 3' })
    const { here, result } = await runLocally(target, () => [task(from)])
    expect(result.exitCode).toBe(2)
    expect(here.error).toMatchObject({ code: 'build-failed', host: 'here', task: `artifact ${target}/release` })
    expect(here.error?.detail).toMatch(/exit 3\nno such thing$/)
    expect(here.statuses.failed).toBe(1)
    expect(readdirSync(target)).not.toContain('release')
    const silent = await runLocally(target, () => [task(sources({ build: 'true' }))])
    expect(silent.here.error?.detail).toContain('it ended well and made no folder dist')
  })

  it('is only told of it in a plan', async () => {
    const { here } = await runLocally(target, () => [task(sources({ build: 'exit 1' }))], { mode: 'plan' })
    expect(here.error).toBeUndefined()
    expect(here.statuses.changed).toBe(1)
    expect(readdirSync(folder)).toEqual(['say.sh'])
  })
})

/** Tests of the shell scripts: they parse everywhere, and the set-up says what it does not know. */

import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const cwd = fileURLToPath(new URL('../..', import.meta.url))
const run = (...[program = '', ...args]: string[]) => spawnSync(program, args, { cwd, encoding: 'utf8' })

describe('shell scripts', () => {
  it.each(globSync('scripts/*.sh', { cwd }))('%s parses', (script) => {
    expect(run('sh', '-n', script)).toMatchObject({ status: 0, stderr: '' })
  })

  it('.ci/run parses', () => {
    expect(run('bash', '-n', '.ci/run')).toMatchObject({ status: 0, stderr: '' })
  })
})

describe('scripts/setup.sh', () => {
  it('refuses a part that it does not know, naming those there are', () => {
    const { status, stderr } = run('scripts/setup.sh', 'lba')
    expect(stderr).toBe('setup: unknown part: lba (there are: node, packages, lab, ansible, mutants)\n')
    expect(status).toBe(1)
  })

  it('has nothing to do, and says nothing, where all is there', () => {
    expect(run('scripts/setup.sh', 'node', 'packages')).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })
})

describe('the Makefile', () => {
  it('tells what can be made', () => {
    const { status, stdout } = run('make')
    const targets = stdout.split('\n').map((line) => /^make (\w+) +\S/.exec(line)?.[1])
    expect(targets.filter((target) => target !== undefined)).toEqual([
      'help',
      'demo',
      'test',
      'check',
      'bench',
      'faults',
      'mutants',
      'clean',
    ])
    expect(status).toBe(0)
  })
})

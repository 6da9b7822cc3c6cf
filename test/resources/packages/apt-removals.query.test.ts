/** Which packages would be removed, asked of a stand-in for apt, and how seldom apt is asked. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type AptSimulation, aptRemovalsQuery } from '../../../src/resources/packages/apt-removals.query.ts'
import type { DesiredPackage } from '../../../src/resources/packages/apt-schema.ts'
import { runScript, temporaryFolder } from '../run-script.ts'
import { standIns } from '../stand-in.ts'

const options = ['--no-install-recommends']
const present = (name: string, version?: string): DesiredPackage => ({
  name,
  state: 'present',
  ...(version === undefined ? {} : { version }),
})
const absent = (name: string): DesiredPackage => ({ name, state: 'absent' })

/** The answers of a host with these packages, and what apt was asked. */
function ask(...tasks: readonly (readonly DesiredPackage[])[]) {
  const { before } = standIns({
    'dpkg-query': `case "$*" in
  *Provides*) printf 'ii |, exim4 (= 4), mail-transport-agent,\\nrc |, gone-agent,\\n' ;;
  *) printf 'ii |nginx|1.2|\\nhi |kept|1.0|\\niF |half|2.0|\\nrc |old|1.0|\\nun |never||\\niHR|broken||\\n' ;;
esac`,
    'apt-get': 'echo "Inst $*"; printf "Remv %s [1.0] []\\nPurg b:i386 [2:3-4]\\n" "$5"',
  })
  const operands = tasks.map((packages): AptSimulation => ({ packages, options }))
  const output = runScript(aptRemovalsQuery.script(operands), before)
  expect(output.stderr.toString()).toBe('')
  return aptRemovalsQuery.parse(output, operands)
}

/** The packages apt was asked about first, one for each task; undefined where it was not asked. */
const firstAsked = (...tasks: readonly (readonly DesiredPackage[])[]) => ask(...tasks).map(([first]) => first?.name)

describe('apt-removals', () => {
  it('tells what would be removed for each task', () => {
    expect(ask([present('new')], [present('nginx')], [absent('nginx')])).toEqual([
      [
        { name: 'new', version: '1.0' },
        { name: 'b:i386', version: '2:3-4' },
      ],
      [],
      [
        { name: 'nginx-', version: '1.0' },
        { name: 'b:i386', version: '2:3-4' },
      ],
    ])
  })

  it('does not ask apt where nothing differs', () => {
    expect(
      firstAsked(
        [present('nginx'), present('kept')],
        [present('nginx', '1.2')],
        [absent('old'), absent('never'), absent('unknown')],
        [present('mail-transport-agent'), present('exim4')],
      ),
    ).toEqual([undefined, undefined, undefined, undefined])
  })

  it('asks only about what differs', () => {
    expect(
      firstAsked(
        [present('nginx'), present('half')],
        [present('nginx', '1.3')],
        [present('gone-agent')],
        [present('old')],
        [absent('old'), absent('broken')],
        [{ name: 'nginx', state: 'latest' }],
        [present('ngin')],
      ),
    ).toEqual(['half', 'nginx=1.3', 'gone-agent', 'old', 'broken-', 'nginx', 'ngin'])
  })

  it('asks about all tasks of the same options at once, and about each only where that would remove something', () => {
    const asked = (removed: string) => {
      const { before, arguments: told } = standInsWithArguments(removed)
      const operands = [
        { packages: [present('one')], options },
        { packages: [present('two'), present('three')], options },
        { packages: [present('nginx')], options },
        { packages: [present('four')], options: ['-t', 'backports'] },
      ]
      const output = runScript(aptRemovalsQuery.script(operands), before)
      return {
        answers: aptRemovalsQuery.parse(output, operands).map((all) => all.map(({ name }) => name)),
        asked: told(),
      }
    }
    expect(asked('nothing')).toEqual({
      answers: [[], [], [], []],
      asked: ['--no-install-recommends one two three', '-t backports four'],
    })
    expect(asked('two')).toEqual({
      answers: [[], ['gone'], [], []],
      asked: [
        '--no-install-recommends one two three',
        '--no-install-recommends one',
        '--no-install-recommends two three',
        '-t backports four',
      ],
    })
  })
})

/** apt that removes something where `removed` is asked for, and writes down what it is asked. */
function standInsWithArguments(removed: string) {
  const log = join(temporaryFolder(), 'asked')
  const { before } = standIns({
    'dpkg-query': "printf 'ii |nginx|1.2|\\n'",
    'apt-get': `shift 3; echo "$*" >>'${log}'; case " $* " in *" ${removed} "*) echo 'Remv gone [1.0]' ;; esac`,
  })
  return { before, arguments: () => readFileSync(log, 'utf8').trim().split('\n') }
}

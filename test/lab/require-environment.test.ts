/** What a machine lacks is told one thing at a time, with the command that helps. */

import { describe, expect, it } from 'vitest'
import { FoobarDeployError } from '../../src/errors.ts'
import { checkMachine, type MachineFacts, neededPrograms } from '../../src/lab/require-environment.ts'

const all = new Set(Object.keys(neededPrograms))
const without = (...names: string[]) => new Set([...all].filter((name) => !names.includes(name)))

function failureOf(facts: MachineFacts): FoobarDeployError | undefined {
  try {
    checkMachine(facts)
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) return thrown
    throw thrown
  }
  return undefined
}

describe('checkMachine', () => {
  it('accepts Linux with root and all programs', () => {
    expect(failureOf({ platform: 'linux', userId: 0, programs: all })).toBeUndefined()
  })

  it('refuses another platform', () => {
    const failure = failureOf({ platform: 'darwin', userId: 0, programs: all })
    expect(failure).toMatchObject({ family: 'environment', code: 'lab-not-linux', detail: 'darwin' })
  })

  it('refuses another user than root', () => {
    const failure = failureOf({ platform: 'linux', userId: 1000, programs: all })
    expect(failure).toMatchObject({ code: 'lab-not-root', hint: 'Run the command with sudo.' })
  })

  it('names the missing programs and the packages that bring them', () => {
    const failure = failureOf({ platform: 'linux', userId: 0, programs: without('socat', 'ssh', 'ssh-keygen') })
    expect(failure).toMatchObject({
      code: 'lab-missing-program',
      detail: 'socat, ssh, ssh-keygen',
      hint: 'apt-get install socat openssh-client',
    })
  })

  it.each([...all])('knows the package of %s', (program) => {
    expect(failureOf({ platform: 'linux', userId: 0, programs: without(program) })?.hint).toMatch(
      /^apt-get install \S+$/,
    )
  })
})

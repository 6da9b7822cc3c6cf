/** Supported systems: which texts of /etc/os-release are taken, and what is said of all others. */

import { describe, expect, it } from 'vitest'
import { parseFacts } from '../../../src/engine/facts/parse-facts.ts'
import { FoobarDeployError } from '../../../src/errors.ts'
import { isSupported, refuseUnsupported, supportedSystems } from '../../../src/model/supported-systems.ts'

// As the releases document and ship them; those of Ubuntu were not read on a host of ours.
const releases: Readonly<Record<string, string>> = {
  'Debian 11': 'PRETTY_NAME="Debian GNU/Linux 11 (bullseye)"\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\nID=debian',
  'Debian 12': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian',
  'Debian 13': 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nID=debian',
  'Debian sid': 'PRETTY_NAME="Debian GNU/Linux forky/sid"\nVERSION_CODENAME=forky\nID=debian',
  'Ubuntu 20.04': 'VERSION_ID="20.04"\nPRETTY_NAME="Ubuntu 20.04.6 LTS"\nID=ubuntu\nVERSION_CODENAME=focal',
  'Ubuntu 22.04': 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu',
  'Ubuntu 24.04': 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\nID=ubuntu',
  'Ubuntu 25.10': 'PRETTY_NAME="Ubuntu 25.10"\nVERSION_ID="25.10"\nVERSION_CODENAME=questing\nID=ubuntu',
  'Ubuntu 26.04': 'PRETTY_NAME="Ubuntu 26.04 LTS"\nVERSION_ID="26.04"\nVERSION_CODENAME=resolute\nID=ubuntu',
  Mint: 'PRETTY_NAME="Linux Mint 22"\nVERSION_ID="22"\nVERSION_CODENAME=wilma\nID=linuxmint',
  Alpine: "PRETTY_NAME='Alpine Linux v3.22'\nVERSION_ID=3.22.0\nID=alpine",
  nothing: '',
}
const factsOf = (name: string) => parseFacts((releases[name] as string).replaceAll(/^/gm, 'os=')).facts

describe('a system', () => {
  const supported = ['Debian 12', 'Debian 13', 'Debian sid', 'Ubuntu 22.04', 'Ubuntu 24.04', 'Ubuntu 26.04']
  it.each(Object.keys(releases))('%s', (name) => {
    expect(isSupported(factsOf(name).os)).toBe(supported.includes(name))
  })

  it('is supported for as many as are named', () => {
    expect(supportedSystems.length).toBe(supported.length)
  })
})

describe('the refusal', () => {
  const refusal = (name: string) => {
    try {
      refuseUnsupported(factsOf(name), false)
    } catch (thrown) {
      return thrown as FoobarDeployError
    }
    return undefined
  }

  it('names what was found, what is supported and the way around', () => {
    const error = refusal('Ubuntu 20.04')
    expect(error).toBeInstanceOf(FoobarDeployError)
    expect(error?.code).toBe('unsupported-system')
    expect(error?.detail).toBe('Ubuntu 20.04.6 LTS')
    for (const { name } of supportedSystems) expect(error?.hint).toContain(name)
    expect(error?.hint).toContain('--allow-unsupported-system')
    expect(refusal('nothing')?.detail).toBe('it does not say what it is')
  })

  it('is not made where it is allowed', () => {
    expect(() => refuseUnsupported(factsOf('Alpine'), true)).not.toThrow()
    expect(refusal('Debian 12')).toBeUndefined()
  })
})

/** A lab is refused before anything is made when it cannot work; each reason has its code. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import { FoobarDeployError } from '../../src/errors.ts'
import { labPaths, labRoots } from '../../src/lab/lab-paths.ts'
import { checkLabName, checkLabSpec, type LabSpec, labSpecFrom } from '../../src/lab/lab-spec.ts'

const good: LabSpec = {
  name: 'dev',
  suite: 'sid',
  packages: ['nginx', 'libstdc++6'],
  hosts: [
    { name: 'web1', address: '198.51.100.11' },
    { name: 'web2', address: '198.51.100.12' },
  ],
}

function codeOf(action: () => void): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) return thrown.code
    throw thrown
  }
  return 'none'
}

const oneHost = (name: string, address: string): LabSpec => ({ ...good, hosts: [{ name, address }] })

afterEach(() => vi.unstubAllEnvs())

describe('checkLabSpec', () => {
  it('accepts a lab that works', () => {
    expect(codeOf(() => checkLabSpec(good))).toBe('none')
  })

  it.each<[string, LabSpec]>([
    ['lab-name', { ...good, name: '../etc' }],
    ['lab-name', { ...good, name: 'x'.repeat(33) }],
    ['lab-no-hosts', { ...good, hosts: [] }],
    ['lab-package', { ...good, packages: ['nginx; reboot'] }],
    ['lab-package', { ...good, packages: ['-o'] }],
    ['lab-host-name', oneHost('web_1', '198.51.100.11')],
    ['lab-host-name', oneHost('../web', '198.51.100.11')],
    ['lab-address', oneHost('web1', '192.0.2.1')],
    ['lab-address', oneHost('web1', '198.51.100.1')],
    ['lab-address', oneHost('web1', '198.51.100.255')],
    ['lab-address', oneHost('web1', '198.51.100.011')],
    ['lab-address', oneHost('web1', '198.51.100.11/24')],
    ['lab-duplicate-address', { ...good, hosts: [...good.hosts, { name: 'web3', address: '198.51.100.11' }] }],
    ['lab-duplicate-host', { ...good, hosts: [...good.hosts, { name: 'web1', address: '198.51.100.13' }] }],
  ])('gives %s', (code, spec) => {
    expect(codeOf(() => checkLabSpec(spec))).toBe(code)
  })

  it('gives lab-path where a socket would have too long a path, or a path of other characters', () => {
    vi.stubEnv('FOOBAR_DEPLOY_LAB_DIR', `/tmp/${'x'.repeat(100)}`)
    expect(codeOf(() => checkLabSpec(good))).toBe('lab-path')
    vi.stubEnv('FOOBAR_DEPLOY_LAB_DIR', '/tmp/a b')
    expect(codeOf(() => checkLabSpec(good))).toBe('lab-path')
    vi.stubEnv('FOOBAR_DEPLOY_LAB_DIR', 'relative')
    expect(codeOf(() => checkLabSpec(good))).toBe('lab-path')
  })

  it('names both hosts of one address', () => {
    const hosts = [...good.hosts, { name: 'web3', address: '198.51.100.11' }]
    expect(() => checkLabSpec({ ...good, hosts })).toThrow('web1 and web3 have 198.51.100.11')
  })
})

describe('labs of one name in two directories', () => {
  it('share no network, no cgroup and no lock; the usual directory keeps plain names', () => {
    const usual = labPaths('dev', labRoots({}))
    const other = labPaths('dev', labRoots({ FOOBAR_DEPLOY_LAB_DIR: '/srv/labs' }))
    expect([usual.network, usual.cgroup]).toEqual(['foobar-dev', 'foobar-lab-dev'])
    expect(other.network).toMatch(/^foobar-dev-[0-9a-f]{6}$/)
    for (const key of ['directory', 'network', 'networkFile', 'cgroup', 'lock'] as const) {
      expect(other[key]).not.toBe(usual[key])
    }
  })
})

describe('checkLabName', () => {
  it.each(['dev', 'test-lab', 'a1'])('accepts %s', (name) => {
    expect(codeOf(() => checkLabName(name))).toBe('none')
  })
  it.each(['', 'Dev', '-a', 'a-', 'a--b', 'a/b', '..', '1a'])('refuses "%s"', (name) => {
    expect(codeOf(() => checkLabName(name))).toBe('lab-name')
  })
})

describe('labSpecFrom', () => {
  const hosts = { web1: { address: '198.51.100.11', user: 'vagrant' } }

  it('takes the defaults where the inventory declares no lab', () => {
    expect(labSpecFrom({ hosts })).toEqual({
      name: 'dev',
      suite: 'sid',
      packages: [],
      hosts: [{ name: 'web1', address: '198.51.100.11' }],
    })
  })

  it('takes the declaration, and another name when one is given', () => {
    const lab = { name: 'stack', suite: 'trixie', packages: ['nginx'] } as const
    expect(labSpecFrom({ lab: { ...lab, packages: [...lab.packages] }, hosts }, 'other')).toMatchObject({
      name: 'other',
      suite: 'trixie',
      packages: ['nginx'],
    })
  })
})

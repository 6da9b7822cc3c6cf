/** What the tasks of the base role come to: names by inventory, time by kind of host, settings by what is asked for. */

import { describe, expect, it } from 'vitest'
import { base } from '../../../roles/base/role.ts'
import { type CaseSurroundings, casesBeside, tasksOf } from '../role-cases.ts'

type Input = NonNullable<Parameters<typeof base>[0]>

const cases = casesBeside(new URL('golden.test.ts', import.meta.url).href)
const problemsOf = (variables: unknown) =>
  base(variables as Input).problems.map(({ path, message }) => `${path}: ${message}`)
const tasks = (variables: Input, around?: CaseSurroundings) => tasksOf(base(variables), around)
const desired = <Shape>(variables: Input, type: string, around?: CaseSurroundings) =>
  tasks(variables, around)
    .filter(({ resource }) => resource.type === type)
    .map((task) => task.desired as Shape)
const titles = (variables: Input, around?: CaseSurroundings) => tasks(variables, around).map(({ title }) => title)

describe('/etc/hosts', () => {
  it('has all hosts that have an address, with and without the domain, at its start', () => {
    const [block] = desired<{ block: string; insertBefore: string }>(
      cases.variables<Input>('everything'),
      'blockInFile',
      cases.around('everything'),
    )
    expect(block?.insertBefore).toBe('start')
    expect(block?.block.split('\n')).toEqual([
      '192.0.2.1 front.foobar.com front web1.foobar.com web1',
      '192.0.2.2 web2.foobar.com web2',
      '2001:db8::3 db1.foobar.com db1',
      '192.0.2.200 storage.foobar.com storage',
    ])
  })

  it('says who the host is where the inventory knows it by a name alone', () => {
    const around = { hosts: [{ name: 'web1', address: 'web1.example.com' }] }
    expect(desired({ domain: 'example.com' }, 'hostname', around)).toMatchObject([
      { name: 'web1', fqdn: 'web1.example.com' },
    ])
    expect(desired({ domain: 'example.com' }, 'hostname')).toMatchObject([{ name: 'web1' }])
  })

  it('is left alone on wish', () => {
    expect(titles({ managesHosts: false }).filter((title) => title.includes('hosts'))).toEqual([])
  })
})

describe('time', () => {
  const inContainer = cases.around('container')

  it('is kept by a daemon that runs, and not in a container, which is said', () => {
    expect(titles({})).toContain('service chrony')
    const [title = ''] = titles({}, inContainer).filter((one) => one.startsWith('service chrony'))
    expect(title).toBe('service chrony: not started, since the clock of a container is the machine’s')
    expect(tasks({}, inContainer).find((task) => task.title === title)?.desired).toMatchObject({ running: false })
  })

  it('is kept by one daemon or by none', () => {
    expect(titles({ timeSync: 'none' }).filter((title) => /chrony|timesyncd/.test(title))).toEqual([])
    expect(titles({ timeSync: 'systemd-timesyncd' }).filter((title) => title.includes('chrony'))).toEqual([])
  })
})

it('a setting that is asked for must be possible, and is not among the role’s own', () => {
  const variables = { sysctl: { 'net.core.somaxconn': 8192, 'vm.swappiness': null } }
  expect(desired(variables, 'sysctl')).toMatchObject([{ name: 'net.core.somaxconn', value: '8192' }])
  const [own] = desired<{ values: Record<string, string> }>(variables, 'kernelSettings')
  expect(Object.keys(own?.values ?? {})).not.toContain('net.core.somaxconn')
  expect(Object.keys(own?.values ?? {})).not.toContain('vm.swappiness')
  expect(own?.values['net.ipv4.tcp_syncookies']).toBe('1')
})

it('sshd that is not to be hardened loses the drop-in', () => {
  const path = '/etc/ssh/sshd_config.d/10-foobar-deploy.conf'
  const files = desired<{ path: string; state: string }>({ sshd: { hardened: false } }, 'file')
  expect(files.find((one) => one.path === path)?.state).toBe('absent')
})

describe('bad variables', () => {
  it.each<[string, unknown, string[]]>([
    [
      'an hour that is none',
      { unattendedUpgrades: { rebootAt: '3:30' } },
      ['unattendedUpgrades.rebootAt: must be a time such as 03:30'],
    ],
    [
      'a misspelt name',
      { sshd: { maxSesions: 20 } },
      ['sshd.maxSesions: is not known here; did you mean maxSessions?'],
    ],
    [
      'no room for the toolkit',
      { sshd: { maxSessions: 1 } },
      ['sshd.maxSessions: Too small: expected number to be >=4'],
    ],
    [
      'an account without keys',
      { admin: { name: 'anna', keys: [] } },
      ['admin.keys: Too small: expected array to have >=1 items'],
    ],
    [
      'a user that would be two',
      { sshd: { allowUsers: ['anna root'] } },
      ['sshd.allowUsers.0: must be one word, as sshd takes it'],
    ],
    [
      'a quote that would end a line of apt',
      { unattendedUpgrades: { exclude: ['a"; evil'] } },
      ['unattendedUpgrades.exclude.0: must be one line without quotes'],
    ],
  ])('%s', (_about, variables, problems) => {
    expect(problemsOf(variables)).toEqual(problems)
  })
})

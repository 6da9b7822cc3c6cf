/** The Vagrantfile and inventory/dev.ts say the same: machines, addresses, and how the environment changes them. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { foobarDeploy } from '../cli/command.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))
const vagrantfile = await readFile(new URL('../../Vagrantfile', import.meta.url), 'utf8')
const inventory = await readFile(new URL('../../inventory/dev.ts', import.meta.url), 'utf8')

/** The hosts of inventory/dev.ts where there is no Vagrant to ask. */
async function hostsFor(environment: Record<string, string>) {
  const { code, stdout, stderr } = await foobarDeploy(['list', 'inventory/dev.ts', '--hosts', '--output', 'json'], {
    folder: project,
    environment: { PATH: '/nowhere', ...environment },
  })
  return { code, stderr, told: JSON.parse(stdout) }
}

/** The machines as the Vagrantfile has them for a network: `'web1' => "#{NETWORK}.11"`. */
function machinesFor(network: string) {
  const machines = [...vagrantfile.matchAll(/'(\w+)' => "#\{NETWORK\}(\.\d+)"/g)]
  return machines.map(([, name, end]) => ({ name, address: `${network}${end}` }))
}

it('are at the same addresses', async () => {
  const [, network = ''] = /^NETWORK = ENV\.fetch\('FOOBAR_DEPLOY_NETWORK', '([\d.]+)'\)$/m.exec(vagrantfile) ?? []
  expect(machinesFor(network)).toHaveLength(2)
  expect((await hostsFor({})).told.hosts).toMatchObject(machinesFor(network))
})

it('are moved to another network by the same variable', async () => {
  const { told } = await hostsFor({ FOOBAR_DEPLOY_NETWORK: '10.9.8' })
  expect(told.hosts).toMatchObject(machinesFor('10.9.8'))
})

it.each(['', '10.9', '10.9.8.7', '10.9.256', 'web'])('a network of %j is refused', async (network) => {
  const { code, told } = await hostsFor({ FOOBAR_DEPLOY_NETWORK: network })
  expect(code).toBe(1)
  expect(told.error).toMatchObject({
    code: 'network-invalid',
    detail: `'${network}' is not the first three numbers of an IPv4 address`,
    at: { file: expect.stringContaining('inventory/dev.ts') },
  })
})

it('the Vagrantfile refuses what is no network, too', () => {
  const [, ruby = ''] = /^raise .* unless NETWORK\.match\?\(\/(.*)\/\)$/m.exec(vagrantfile) ?? []
  const isNetwork = new RegExp(ruby.replace('\\A', '^').replace('\\z', '$'))
  const texts = ['192.168.57', '', '10.9', '10.9.8.7', 'web', '10.9.8\n']
  expect(texts.filter((text) => isNetwork.test(text))).toEqual(['192.168.57'])
})

it('the Vagrantfile explains each variable that it reads, and the inventory reads no other', () => {
  const read = [...vagrantfile.matchAll(/ENV(?:\.fetch\(|\[)'(\w+)'/g)].map(([, name]) => name)
  const explained = [...vagrantfile.matchAll(/^# {3}(FOOBAR_\w+) {2,}\S/gm)].map(([, name]) => name)
  expect(explained.sort()).toEqual([...new Set(read)].sort())
  const used = [...inventory.matchAll(/env\.(\w+)/g)].map(([, name]) => name)
  expect(used).toContain('FOOBAR_DEPLOY_NETWORK')
  expect(explained).toEqual(expect.arrayContaining(used))
})

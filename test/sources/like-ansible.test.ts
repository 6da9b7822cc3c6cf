/** Ansible's inventories as Ansible reads them: published and random ones, each compared with `ansible-inventory --list`. */

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { membersOf, varsReader } from '../../src/sources/ansible-inventory.ts'
import { importedHosts } from '../../src/sources/imported-hosts.ts'
import { readAnsible } from '../../src/sources/read-ansible.ts'
import { generatedInventory } from './generated-inventories.ts'

const count = Number(process.env.ANSIBLE_COUNT ?? 24)
const seed = Number(process.env.ANSIBLE_SEED ?? 20_261_126)
const atATime = 2

const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-like-ansible-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const config = join(folder, 'ansible.cfg')
writeFileSync(config, '')

/** Hosts with their variables, and groups with their hosts; undefined where an inventory is not read. */
type Answer = { readonly hosts: Record<string, unknown>; readonly groups: Record<string, string[]> } | undefined

async function askAnsible(path: string): Promise<Answer> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_CONFIG: config,
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'true',
  }
  try {
    const { stdout } = await promisify(execFile)('ansible-inventory', ['-i', path, '--list'], {
      env,
      maxBuffer: 2 ** 28,
    })
    const { _meta, ...groups } = JSON.parse(stdout, (_, value) => value?.__ansible_unsafe ?? value)
    const named = Object.entries(groups as Record<string, { hosts?: string[]; children?: string[] }>)
    const names = [...new Set(named.flatMap(([, { hosts = [] }]) => hosts))].toSorted()
    const members = Object.fromEntries(
      named.map(([name, { hosts = [], children = [] }]) => [name, [...hosts, ...children]]),
    )
    return {
      hosts: Object.fromEntries(names.map((host) => [host, _meta.hostvars[host] ?? {}])),
      groups: groupsOf(names, members),
    }
  } catch (thrown) {
    if (/Completely failed to parse/.test(String((thrown as { stderr?: string }).stderr))) return undefined
    throw thrown
  }
}

/** The hosts of each group, those of groups within included. */
function groupsOf(names: readonly string[], members: Record<string, string[]>): Record<string, string[]> {
  const hosts = Object.fromEntries(names.map((name) => [name, { address: name, vars: {} }]))
  const { group } = importedHosts(hosts, members, '', undefined)
  return Object.fromEntries(Object.keys(members).map((name) => [name, group(name).toSorted()]))
}

async function askUs(path: string): Promise<Answer> {
  const { inventory } = await readAnsible({ file: path }, '/')
  const varsOf = varsReader(inventory)
  const names = [...inventory.hosts.keys()].toSorted()
  const plain = (host: string) => Object.fromEntries([...varsOf(host)].map(([key, { value }]) => [key, value]))
  return {
    hosts: Object.fromEntries(names.map((name) => [name, plain(name)])),
    groups: { all: names, ...groupsOf(names, membersOf(inventory)) },
  }
}

async function compare(path: string, what: string): Promise<number> {
  const [theirs, ours] = await Promise.all([askAnsible(path), askUs(path).catch((thrown) => thrown)])
  if (theirs === undefined) {
    expect(ours, what).toBeInstanceOf(Error)
    return 0
  }
  expect(ours.hosts, what).toEqual(theirs.hosts)
  // Ansible lists no group without hosts.
  expect(ours.groups, what).toMatchObject(theirs.groups)
  return Object.keys(theirs.hosts).length
}

const published = fileURLToPath(new URL('published/', import.meta.url))

test.each(readdirSync(published))('the published inventory %s', async (name) => {
  cpSync(join(published, name), join(folder, 'published', name), { recursive: true })
  expect(await compare(join(folder, 'published', name), name)).toBeGreaterThan(0)
})

test.each([
  ['a range', '[web]\nweb[z:a]\n'],
  ['a quote', 'web1 a="b\n'],
  ['a word', 'web1 alias\n'],
  ['a kind of section', '[web:hots]\n'],
  ['a section with a space', '[my web]\n'],
  ['a group', '[site:children]\nwbe\n'],
  ['a group of variables', '[wbe:vars]\na=1\n'],
])('%s that is wrong is refused by both', async (name, text) => {
  const file = join(folder, name.replaceAll(' ', '-'))
  writeFileSync(file, text)
  expect(await compare(file, text)).toBe(0)
})

test(`${count} inventories mean what Ansible says they mean`, async () => {
  const inventories = [...fc.sample(generatedInventory, { numRuns: count, seed }).entries()]
  let hosts = 0
  const work = async () => {
    for (let next = inventories.pop(); next; next = inventories.pop()) {
      const [index, { main, files }] = next
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, String(index), name)), { recursive: true })
        writeFileSync(join(folder, String(index), name), text)
      }
      const shown = Object.entries(files).map(([name, text]) => `--- ${name}\n${text}`)
      hosts += await compare(join(folder, String(index), main), shown.join('\n'))
    }
  }
  await Promise.all(Array.from({ length: atATime }, work))
  expect(hosts).toBeGreaterThan(count * 5)
}, 600_000)

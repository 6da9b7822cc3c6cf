/** Reads an Ansible inventory in INI form. */

import { definedOnly, FoobarDeployError } from '../errors.ts'
import { type AnsibleInventory, addHost, emptyInventory, groupIn, mostHosts } from './ansible-inventory.ts'
import { expandRanges } from './ansible-ranges.ts'
import { parseValue, splitWords } from './ansible-words.ts'

/** Reads `text`; `file` is named in errors. */
export function parseAnsibleIni(text: string, file: string | undefined): AnsibleInventory {
  const inventory = emptyInventory()
  let section = { name: 'ungrouped', kind: 'hosts' }
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) return
    const fail = (reason: string) => lineError(reason, line, file, index + 1)
    const header = /^\[([^:\]]+)(?::(\w+))?\]\s*(?:[#;].*)?$/.exec(line)
    if (header) {
      section = { name: header[1] ?? '', kind: header[2] ?? 'hosts' }
      if (!['hosts', 'children', 'vars'].includes(section.kind)) throw fail(`there are no ${section.kind} of a group`)
      groupIn(inventory, section.name)
    } else if (section.kind === 'vars') {
      const [, name, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? []
      if (name === undefined) throw fail('a variable is written name=value')
      const group = groupIn(inventory, section.name)
      group.vars = { ...group.vars, [name]: parseValue(value ?? '') }
    } else if (section.kind === 'children') {
      const [child = ''] = line.split(/\s*[#;]/)
      groupIn(inventory, section.name).children.add(child.trim())
      groupIn(inventory, child.trim())
    } else {
      readHost(inventory, section.name, line, fail)
    }
  })
  return inventory
}

function readHost(inventory: AnsibleInventory, group: string, line: string, fail: (reason: string) => Error): void {
  const words = splitWords(line)
  if (!words) throw fail('a quote is not closed')
  const [pattern = '', ...pairs] = words
  const names = hostsOf(pattern)
  if (typeof names === 'string') throw fail(names)
  if (inventory.hosts.size + names.length > mostHosts) throw fail(`there are more than ${mostHosts} hosts`)
  const vars = Object.fromEntries(
    pairs.map((pair) => {
      const split = pair.indexOf('=')
      if (split < 1) throw fail(`${JSON.stringify(pair)} is not name=value`)
      return [pair.slice(0, split), parseValue(pair.slice(split + 1))]
    }),
  )
  for (const { name, port } of names) {
    addHost(inventory, name, { ...(port === undefined ? {} : { ansible_port: port }), ...vars })
    groupIn(inventory, group).hosts.add(name)
  }
}

function hostsOf(pattern: string): { name: string; port?: number }[] | string {
  const names = expandRanges(pattern)
  if (typeof names === 'string') return names
  return names.map((text) => {
    const [, six, plain, port] = /^(?:\[([\da-f:.]+)\]|([^:]+))(?::(\d+))?$/i.exec(text) ?? []
    return { name: six ?? plain ?? text, ...definedOnly({ port: port === undefined ? undefined : Number(port) }) }
  })
}

function lineError(reason: string, line: string, file: string | undefined, number: number): FoobarDeployError {
  return new FoobarDeployError(
    'definition',
    'ansible-ini-invalid',
    'A line of the Ansible inventory is not understood',
    {
      detail: `${reason}: ${line}`,
      ...definedOnly({ at: file === undefined ? undefined : { file, line: number } }),
    },
  )
}

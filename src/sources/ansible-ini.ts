/** Reads an Ansible inventory in INI form. */

import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import { type AnsibleInventory, addHost, groupIn, merged, mostHosts, variablesOf } from './ansible-inventory.ts'
import { hostsOfPattern } from './ansible-ranges.ts'
import { parseValue, splitWords } from './ansible-words.ts'

interface Line {
  readonly text: string
  readonly at: SourceLocation | undefined
  fail(reason: string): FoobarDeployError
}

/** Reads `text` into `inventory`; `file` is named in errors. */
export function parseAnsibleIni(inventory: AnsibleInventory, text: string, file: string | undefined): void {
  let section = { name: 'ungrouped', kind: 'hosts' }
  // Groups that a section needs and none declares so far, and the line that needs them.
  const needed = new Map<string, Line>()
  const declared = new Set(['all', 'ungrouped', ...inventory.groups.keys()])
  for (const [index, raw] of text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/).entries()) {
    const line = lineOf(raw.trim(), file, index + 1)
    if (line.text === '' || /^[#;]/.test(line.text)) continue
    const header = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line.text)
    if (header) {
      section = { name: header[1] ?? '', kind: header[2] ?? 'hosts' }
      if (!['hosts', 'children', 'vars'].includes(section.kind))
        throw line.fail(`there are no ${section.kind} of a group`)
      groupIn(inventory, section.name)
      if (section.kind !== 'vars') declared.add(section.name)
      else if (!needed.has(section.name)) needed.set(section.name, line)
    } else if (/^\[.*\]$/.test(line.text)) {
      throw line.fail('a section is written [group], [group:vars] or [group:children], without spaces')
    } else if (section.kind === 'vars') {
      const [, name, value = ''] = /^([^=]*?)\s*=\s*(.*)$/.exec(line.text) ?? []
      if (!name) throw line.fail('a variable is written name=value')
      const group = groupIn(inventory, section.name)
      group.vars = merged(group.vars, variablesOf({ [name]: parseValue(value) }, line.at))
    } else if (section.kind === 'children') {
      const [, child] = /^([^:\]\s]+)\s*(?:#.*)?$/.exec(line.text) ?? []
      if (child === undefined) throw line.fail('the name of a group is one word without colon and bracket')
      groupIn(inventory, section.name).children.add(child)
      groupIn(inventory, child)
      if (!needed.has(child)) needed.set(child, line)
    } else {
      readHosts(inventory, section.name, line)
    }
  }
  for (const [name, line] of needed) if (!declared.has(name)) throw line.fail(`there is no group ${name}`)
}

function readHosts(inventory: AnsibleInventory, group: string, line: Line): void {
  const words = splitWords(line.text)
  if (!words) throw line.fail('a quote is not closed')
  const [pattern = '', ...pairs] = words
  const found = hostsOfPattern(pattern)
  if (typeof found === 'string') throw line.fail(found)
  if (inventory.hosts.size + found.names.length > mostHosts) throw line.fail(`there are more than ${mostHosts} hosts`)
  const vars = variablesOf(
    Object.fromEntries(
      pairs.map((pair) => {
        const split = pair.indexOf('=')
        if (split < 1) throw line.fail(`${JSON.stringify(pair)} is not name=value`)
        return [pair.slice(0, split), parseValue(pair.slice(split + 1))]
      }),
    ),
    line.at,
  )
  const port = found.port === undefined ? undefined : { value: found.port, ...definedOnly({ at: line.at }) }
  for (const name of found.names) {
    addHost(inventory, name, vars, port)
    groupIn(inventory, group).hosts.add(name)
  }
}

function lineOf(text: string, file: string | undefined, number: number): Line {
  const at = file === undefined ? undefined : { file, line: number }
  const summary = 'A line of the Ansible inventory is not understood'
  return {
    text,
    at,
    fail: (reason) =>
      new FoobarDeployError('definition', 'ansible-ini-invalid', summary, {
        detail: `${reason}: ${text}`,
        ...definedOnly({ at }),
      }),
  }
}

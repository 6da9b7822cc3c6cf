/** Reads Ansible's YAML: inventories, and files of variables. */

import { definedOnly, FoobarDeployError, messageOf, type SourceLocation } from '../errors.ts'
import {
  type AnsibleInventory,
  type AnsibleVars,
  addHost,
  emptyInventory,
  groupIn,
  mostHosts,
} from './ansible-inventory.ts'
import { expandRanges } from './ansible-ranges.ts'

/** What stands where a value was encrypted by ansible-vault. */
export const vaulted = Symbol('a value that ansible-vault encrypted')

/** The value of a YAML text. */
export async function parseYaml(text: string, at: SourceLocation | undefined): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml')
  const tag = (name: string, value: (text: string) => unknown) => ({ tag: name, resolve: value })
  try {
    return parse(text, {
      logLevel: 'error',
      customTags: [tag('!vault', () => vaulted), tag('!unsafe', (value) => value)],
    })
  } catch (thrown) {
    const line = thrown instanceof YAMLParseError ? thrown.linePos?.[0]?.line : undefined
    throw new FoobarDeployError('definition', 'source-not-yaml', 'The file is not YAML', {
      detail: messageOf(thrown).split('\n')[0] ?? '',
      ...definedOnly({ at: at && { ...at, ...definedOnly({ line }) } }),
      cause: thrown,
    })
  }
}

/** Reads an inventory in YAML form; `subject` and `at` are for errors. */
export async function parseAnsibleYaml(
  text: string,
  subject: string,
  at: SourceLocation | undefined,
): Promise<AnsibleInventory> {
  const fail = (detail: string, hint?: string) =>
    new FoobarDeployError('definition', 'ansible-yaml-invalid', 'The Ansible inventory is not understood', {
      detail: `${subject}: ${detail}`,
      ...definedOnly({ hint, at }),
    })
  const value = await parseYaml(text, at)
  const inventory = emptyInventory()
  const mapping = (node: unknown, path: string): Readonly<Record<string, unknown>> => {
    if (node === null || node === undefined) return {}
    if (typeof node === 'object' && !Array.isArray(node)) return node as Record<string, unknown>
    throw fail(`${path} must be a mapping`)
  }
  const readGroup = (name: string, node: unknown, path: string) => {
    const group = groupIn(inventory, name)
    const { hosts, children, vars, ...others } = mapping(node, path)
    const [other] = Object.keys(others)
    if (other !== undefined) throw fail(`${path}.${other} is none of hosts, children and vars`)
    for (const [pattern, own] of Object.entries(mapping(hosts, `${path}.hosts`))) {
      const names = expandRanges(pattern)
      if (typeof names === 'string') throw fail(`${path}.hosts.${pattern}: ${names}`)
      if (inventory.hosts.size + names.length > mostHosts) throw fail(`there are more than ${mostHosts} hosts`)
      for (const host of names) {
        addHost(inventory, host, mapping(own, `${path}.hosts.${pattern}`))
        group.hosts.add(host)
      }
    }
    for (const [child, inner] of Object.entries(mapping(children, `${path}.children`))) {
      group.children.add(child)
      readGroup(child, inner, `${path}.children.${child}`)
    }
    group.vars = { ...group.vars, ...(mapping(vars, `${path}.vars`) as AnsibleVars) }
  }
  const top = mapping(value, 'the file')
  if ('plugin' in top) {
    const plugin = String(top.plugin)
    throw fail(
      `it configures the inventory plugin ${plugin}`,
      "Take { command: ['ansible-inventory', '-i', FILE, '--list'] }, which runs the plugin.",
    )
  }
  for (const [name, node] of Object.entries(top)) readGroup(name, node, name)
  return inventory
}

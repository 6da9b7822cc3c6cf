/** Reads Ansible's YAML, which is YAML 1.1 as PyYAML reads it: inventories, and files of variables. */

import type { Node, Pair, ScalarTag, YAMLMap } from 'yaml'
import { definedOnly, FoobarDeployError, type SourceLocation } from '../errors.ts'
import {
  type AnsibleInventory,
  type AnsibleVariables,
  addHost,
  groupIn,
  merged,
  mostHosts,
} from './ansible-inventory.ts'
import { hostsOfPattern } from './ansible-ranges.ts'

/** What stands where a value was encrypted by ansible-vault. */
export const vaulted = Symbol('a value that ansible-vault encrypted')

/** A member of a mapping. */
export interface YamlMember {
  readonly name: string
  readonly value: unknown
  readonly at?: SourceLocation
  /** The members of its value; undefined where that is no mapping, none where it is empty. */
  readonly members: readonly YamlMember[] | undefined
}

const whole = (text: string) => text.replaceAll('_', '').replace(/^\+/, '')
const integerOf = (text: string): number | string => {
  const digits = whole(text)
  const sign = digits.startsWith('-') ? -1 : 1
  const plain = digits.replace(/^-/, '')
  const value = plain.includes(':') ? sexagesimal(plain) : Number(/^0\d/.test(plain) ? `0o${plain.slice(1)}` : plain)
  // More digits than a number here can hold stay a text.
  return Number.isSafeInteger(value) ? sign * value || 0 : text
}
const sexagesimal = (text: string) => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
const floatOf = (text: string): number => {
  const plain = whole(text).toLowerCase()
  if (plain.endsWith('.inf')) return plain.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  if (plain === '.nan') return Number.NaN
  const sign = plain.startsWith('-') ? -1 : 1
  return sign * (plain.includes(':') ? sexagesimal(plain.replace(/^-/, '')) : Number(plain.replace(/^-/, '')))
}

// What PyYAML takes for anything but a text.
const booleans = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const integers =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/
const floats =
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
const plainTag = (tag: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${tag}`,
  default: true,
  test,
  resolve,
})
const ownTag = (tag: string, resolve: (text: string) => unknown): ScalarTag => ({ tag, resolve })
const tags: ScalarTag[] = [
  plainTag('null', /^(?:~|null|Null|NULL|)$/, () => null),
  plainTag('bool', booleans, (text) => /^(?:yes|true|on)$/i.test(text)),
  plainTag('int', integers, integerOf),
  plainTag('float', floats, floatOf),
  ownTag('!vault', () => vaulted),
  ownTag('!unsafe', (text) => text),
]

/** The members of a YAML text, which must be a mapping or empty; undefined for anything else. */
export async function parseYaml(
  text: string,
  at: SourceLocation | undefined,
): Promise<readonly YamlMember[] | undefined> {
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    customTags: tags,
    merge: false,
    uniqueKeys: false,
    logLevel: 'error',
    lineCounter: lines,
  })
  const fail = (detail: string, line: number | undefined) =>
    new FoobarDeployError('definition', 'source-not-yaml', 'The file is not YAML', {
      detail,
      ...definedOnly({ at: at && { ...at, ...definedOnly({ line }) } }),
    })
  const [error] = document.errors
  if (error) throw fail(error.message.split('\n')[0] ?? '', error.linePos?.[0]?.line)

  // To find an anchor the library walks through the whole document.
  const targets = new Map<unknown, unknown>()
  const targetOf = (node: unknown): unknown => {
    if (!isAlias(node)) return node
    if (!targets.has(node)) targets.set(node, node.resolve(document))
    return targets.get(node)
  }
  const mapOf = (node: unknown): YAMLMap | undefined => {
    const resolved = targetOf(node)
    return isMap(resolved) ? resolved : undefined
  }
  // Aliases of aliases must not fill the memory.
  let visited = 0
  const visit = (depth: number) => {
    if (depth > deepest || ++visited > mostNodes) throw fail('its values are nested too deep, or too many', undefined)
  }
  const membersOf = (map: YAMLMap, depth: number): YamlMember[] => {
    visit(depth)
    const own: Pair[] = []
    const underneath: YamlMember[] = []
    for (const pair of map.items) {
      if (isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN') {
        // Of several mappings the first stands.
        for (const source of isSeq(pair.value) ? [...pair.value.items].reverse() : [pair.value]) {
          const inner = mapOf(source)
          if (!inner) throw fail('<< takes a mapping or a list of mappings', lineOf(pair))
          underneath.push(...membersOf(inner, depth + 1))
        }
      } else own.push(pair)
    }
    const found = new Map(underneath.map((member) => [member.name, member]))
    for (const pair of own) {
      const name = nameOf(pair)
      found.set(name, memberOf(name, pair, depth))
    }
    return [...found.values()]
  }
  const lineOf = (pair: Pair) => lines.linePos((pair.key as Node | null)?.range?.[0] ?? 0).line
  const nameOf = ({ key }: Pair) => String(isScalar(key) ? (key.value ?? 'null') : key)
  const memberOf = (name: string, pair: Pair, depth: number): YamlMember => {
    const inner = mapOf(pair.value)
    const members = inner ? membersOf(inner, depth + 1) : undefined
    const value = members ? asValue(members) : valueIn(pair.value, depth)
    return {
      name,
      value,
      members: value === null ? [] : members,
      ...definedOnly({ at: at && { ...at, line: lineOf(pair) } }),
    }
  }
  const valueIn = (node: unknown, depth: number): unknown => {
    visit(depth)
    const resolved = targetOf(node)
    if (isMap(resolved)) return asValue(membersOf(resolved, depth + 1))
    if (isScalar(resolved)) return resolved.value
    return isSeq(resolved) ? resolved.items.map((item) => valueIn(item, depth + 1)) : null
  }
  const top = document.contents
  if (top === null || (isScalar(top) && top.value === null)) return []
  const map = mapOf(top)
  return map && membersOf(map, 0)
}

const deepest = 100
const mostNodes = 1_000_000

function asValue(members: readonly YamlMember[]): Record<string, unknown> {
  return Object.fromEntries(members.map(({ name, value }) => [name, value]))
}

/** The variables that members stand for. */
export function yamlVariables(members: readonly YamlMember[]): AnsibleVariables {
  return new Map(members.map(({ name, value, at }) => [name, at ? { value, at } : { value }]))
}

/** Reads the members of an inventory into `inventory`; `subject` and `at` are for errors. */
export function readAnsibleYaml(
  inventory: AnsibleInventory,
  top: readonly YamlMember[],
  subject: string,
  at: SourceLocation | undefined,
): void {
  const fail = (detail: string, place: SourceLocation | undefined, hint?: string) =>
    new FoobarDeployError('definition', 'ansible-yaml-invalid', 'The Ansible inventory is not understood', {
      detail: `${subject}: ${detail}`,
      ...definedOnly({ hint, at: place ?? at }),
    })
  const mapping = ({ members, value, at: place }: YamlMember, path: string, mayBeText = false) => {
    if (members) return members
    // A single name is a mapping of it to nothing.
    if (mayBeText && typeof value === 'string')
      return [{ name: value, value: null, members: [], ...definedOnly({ at: place }) }]
    throw fail(`${path} must be a mapping`, place)
  }
  const readGroup = (member: YamlMember, path: string) => {
    const group = groupIn(inventory, member.name)
    for (const part of mapping(member, path)) {
      const inside = `${path}.${part.name}`
      if (part.name === 'vars') group.vars = merged(group.vars, yamlVariables(mapping(part, inside)))
      else if (part.name === 'hosts')
        for (const host of mapping(part, inside, true)) readHost(host, member.name, inside)
      else if (part.name === 'children')
        for (const child of mapping(part, inside, true)) {
          group.children.add(child.name)
          readGroup(child, `${inside}.${child.name}`)
        }
      else throw fail(`${inside} is none of hosts, children and vars`, part.at)
    }
  }
  const readHost = (host: YamlMember, group: string, path: string) => {
    const found = hostsOfPattern(host.name)
    if (typeof found === 'string') throw fail(`${path}.${host.name}: ${found}`, host.at)
    if (inventory.hosts.size + found.names.length > mostHosts)
      throw fail(`there are more than ${mostHosts} hosts`, host.at)
    const vars = yamlVariables(mapping(host, `${path}.${host.name}`))
    const port = found.port === undefined ? undefined : { value: found.port, ...definedOnly({ at: host.at }) }
    for (const name of found.names) {
      addHost(inventory, name, vars, port)
      groupIn(inventory, group).hosts.add(name)
    }
  }
  const plugin = top.find(({ name, value }) => name === 'plugin' && value)
  if (plugin) {
    throw fail(
      `it configures the inventory plugin ${String(plugin.value)}`,
      plugin.at,
      "Take { command: ['ansible-inventory', '-i', FILE, '--list'] }, which runs the plugin.",
    )
  }
  for (const member of top) readGroup(member, member.name)
}

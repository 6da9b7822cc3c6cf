/** Reads what `ansible-inventory --list`, or a script that Ansible takes for an inventory, prints. */

import { z } from 'zod'
import { definitionError, problemsOf } from '../model/problem.ts'
import { type AnsibleInventory, type AnsibleVars, addHost, groupIn, merged, variablesOf } from './ansible-inventory.ts'
import { vaulted } from './ansible-yaml.ts'

const vars = z.record(z.string(), z.unknown())
const names = z.array(z.string())
const group = z.union([
  names.transform((hosts) => ({ hosts, children: [], vars: {} })),
  z.object({ hosts: names.default([]), children: names.default([]), vars: vars.default({}) }),
])
const shape = z
  .object({ _meta: z.object({ hostvars: z.record(z.string(), vars).default({}) }).optional() })
  .catchall(group)

/** Whether a JSON value is such a list, rather than an inventory in the members of YAML. */
export function isAnsibleList(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  return '_meta' in value || Object.values(value).some((group) => Array.isArray(group) || Array.isArray(group?.hosts))
}

/** Reads `value`, which came from JSON, into `inventory`; `subject` and `at` are for errors. */
export function readAnsibleList(
  inventory: AnsibleInventory,
  value: unknown,
  subject: string,
  at: { readonly file: string } | undefined,
): void {
  const parsed = shape.safeParse(value)
  if (!parsed.success) throw definitionError(problemsOf(parsed.error, subject, at, shape))
  const { _meta, ...groups } = parsed.data
  for (const [host, own] of Object.entries(_meta?.hostvars ?? {}))
    addHost(inventory, host, variablesOf(unmarked(own), at))
  for (const [name, { hosts, children, vars: own }] of Object.entries(groups)) {
    const target = groupIn(inventory, name)
    for (const host of hosts) {
      addHost(inventory, host, new Map())
      target.hosts.add(host)
    }
    for (const child of children) target.children.add(child)
    target.vars = merged(target.vars, variablesOf(unmarked(own), at))
  }
}

/** Variables without the marks that Ansible puts around values in such a list. */
function unmarked(vars: AnsibleVars): AnsibleVars {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain)
    if (typeof value !== 'object' || value === null) return value
    if ('__ansible_vault' in value) return vaulted
    if ('__ansible_unsafe' in value) return value.__ansible_unsafe
    return unmarked(value as AnsibleVars)
  }
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, plain(value)]))
}

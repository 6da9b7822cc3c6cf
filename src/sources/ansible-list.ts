/** Reads what `ansible-inventory --list`, or a script that Ansible takes for an inventory, prints. */

import { z } from 'zod'
import { definitionError, problemsOf } from '../model/problem.ts'
import { type AnsibleInventory, addHost, emptyInventory, groupIn } from './ansible-inventory.ts'
import { parseJson } from './hosts-from-json.ts'

const vars = z.record(z.string(), z.unknown())
const names = z.array(z.string())
const group = z.union([
  names.transform((hosts) => ({ hosts, children: [], vars: {} })),
  z.object({ hosts: names.default([]), children: names.default([]), vars: vars.default({}) }),
])
const shape = z
  .object({ _meta: z.object({ hostvars: z.record(z.string(), vars).default({}) }).optional() })
  .catchall(group)

/** Reads `text`; `subject` and `at` are for errors. */
export function parseAnsibleList(
  text: string,
  subject: string,
  at: { readonly file: string } | undefined,
): AnsibleInventory {
  const parsed = shape.safeParse(parseJson(text, subject, at))
  if (!parsed.success) throw definitionError(problemsOf(parsed.error, subject, at, shape))
  const { _meta, ...groups } = parsed.data
  const inventory = emptyInventory()
  for (const [host, own] of Object.entries(_meta?.hostvars ?? {})) addHost(inventory, host, own)
  for (const [name, { hosts, children, vars: own }] of Object.entries(groups)) {
    const target = groupIn(inventory, name)
    for (const host of hosts) {
      addHost(inventory, host, {})
      target.hosts.add(host)
    }
    for (const child of children) target.children.add(child)
    target.vars = own
  }
  return inventory
}

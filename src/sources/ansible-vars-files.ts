/** The files of variables beside an Ansible inventory: `group_vars/` and `host_vars/`. */

import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { type AnsibleInventory, type AnsibleVars, addHost, groupIn } from './ansible-inventory.ts'
import { parseYaml } from './ansible-yaml.ts'

const endings = ['', '.yml', '.yaml', '.json']

/** Adds the variables that stand in files in `folder`; gives warnings on those that cannot be read. */
export async function addVarsFiles(inventory: AnsibleInventory, folder: string): Promise<readonly string[]> {
  const warnings: string[] = []
  const read = async (kind: string, name: string): Promise<AnsibleVars> => {
    // A name is no path: one with `../` in it would have files read that are none of the inventory's.
    if (/[/\\\0]/.test(name)) return {}
    const layers: AnsibleVars[] = []
    for (const ending of endings)
      for (const file of await filesAt(join(folder, kind, name + ending))) {
        const text = await readFile(file, 'utf8')
        const place = relative(folder, file)
        if (text.startsWith('$ANSIBLE_VAULT'))
          warnings.push(`${place} is encrypted by ansible-vault; set what it holds as secrets`)
        else layers.push(asVars(await parseYaml(text, { file }), file))
      }
    return Object.assign({}, ...layers)
  }
  for (const name of ['all', ...inventory.groups.keys()]) {
    const vars = await read('group_vars', name)
    const group = groupIn(inventory, name)
    group.vars = { ...group.vars, ...vars }
  }
  for (const name of inventory.hosts.keys()) addHost(inventory, name, await read('host_vars', name))
  return warnings
}

/** The file at `path`, or the files in the folder there, in order; none where there is nothing. */
async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (!found) return []
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function asVars(value: unknown, file: string): AnsibleVars {
  if (value === null || value === undefined) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as AnsibleVars
  throw new FoobarDeployError('definition', 'ansible-vars-invalid', 'A file of variables must be a mapping', {
    at: { file },
  })
}

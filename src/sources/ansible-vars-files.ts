/** The files of variables beside an Ansible inventory: `group_vars/` and `host_vars/`. */

import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { type AnsibleInventory, type AnsibleVariables, groupIn, merged } from './ansible-inventory.ts'
import { parseYaml, yamlVariables } from './ansible-yaml.ts'

const endings = ['', '.yml', '.yaml', '.json']

/** Adds the variables that stand in files in `folder`; gives warnings on those that cannot be read. */
export async function addVarsFiles(inventory: AnsibleInventory, folder: string): Promise<readonly string[]> {
  const warnings: string[] = []
  const read = async (kind: string, name: string): Promise<AnsibleVariables> => {
    // A name is no path: one with `../` in it would have files read that are none of the inventory's.
    if (/[/\\\0]/.test(name)) return new Map()
    const layers: AnsibleVariables[] = []
    for (const file of await filesFor(join(folder, kind, name))) {
      const text = await readFile(file, 'utf8')
      if (text.startsWith('$ANSIBLE_VAULT'))
        warnings.push(`${relative(folder, file)} is encrypted by ansible-vault; set what it holds as secrets`)
      else {
        const members = await parseYaml(text, { file })
        if (!members) throw noMapping(file)
        layers.push(yamlVariables(members))
      }
    }
    return merged(...layers)
  }
  for (const name of ['all', ...inventory.groups.keys()])
    groupIn(inventory, name).fileVars = await read('group_vars', name)
  for (const [name, host] of inventory.hosts) host.fileVars = await read('host_vars', name)
  return warnings
}

/** The files for a name: the first of a folder and the files with one of the endings. */
async function filesFor(path: string): Promise<string[]> {
  for (const ending of endings) {
    const found = await stat(path + ending).catch(() => undefined)
    if (found?.isDirectory()) return filesIn(path + ending)
    if (found) return [path + ending]
  }
  return []
}

/** The files of variables in a folder and those within it, in order. */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = []
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.') || name.endsWith('~')) continue
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory() && extname(name) === '') files.push(...(await filesIn(path)))
    else if (found?.isFile() && endings.includes(extname(name))) files.push(path)
  }
  return files
}

function noMapping(file: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'ansible-vars-invalid', 'A file of variables must be a mapping', {
    at: { file },
  })
}

/** Reads an Ansible inventory from any of its forms. */

import { readdir, stat } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { FoobarDeployError, type SourceLocation } from '../errors.ts'
import { parseAnsibleIni } from './ansible-ini.ts'
import { type AnsibleInventory, emptyInventory } from './ansible-inventory.ts'
import { isAnsibleList, readAnsibleList } from './ansible-list.ts'
import { addVarsFiles } from './ansible-vars-files.ts'
import { parseYaml, readAnsibleYaml } from './ansible-yaml.ts'
import { parseJson } from './hosts-from-json.ts'
import { readSource, type SourceOfHosts, type SourceText } from './read-source.ts'

/** An inventory, where it came from, and what of it could not be read. */
export interface AnsibleSource {
  readonly inventory: AnsibleInventory
  /** The path as given, or `output of COMMAND`. */
  readonly subject: string
  readonly at: SourceLocation | undefined
  readonly warnings: readonly string[]
}

/**
 * Reads `source`. A file is YAML or JSON by its ending, YAML or INI without one, and else INI; a folder holds such files; a
 * command prints JSON as `--list` does.
 */
export async function readAnsible(source: SourceOfHosts, folder: string): Promise<AnsibleSource> {
  const inventory = emptyInventory()
  if (!('file' in source)) {
    const { text, subject, at } = await readSource(source, folder)
    readAnsibleList(inventory, parseJson(text, subject, at), subject, at)
    return { inventory, subject, at, warnings: [] }
  }
  const path = resolve(folder, source.file)
  const warnings: string[] = []
  const isFolder = await isFolderAt(path)
  const files = isFolder ? await filesIn(path, warnings) : [source.file]
  for (const file of files) await addFile(inventory, await readSource({ file }, folder))
  const varsFolder = isFolder ? path : dirname(path)
  warnings.push(...(await addVarsFiles(inventory, varsFolder)))
  return { inventory, subject: source.file, at: { file: path }, warnings }
}

async function addFile(inventory: AnsibleInventory, { text, subject, at }: SourceText): Promise<void> {
  const ending = extname(subject)
  const refuse = (detail: string, hint: string) =>
    new FoobarDeployError(
      'definition',
      'ansible-form-unsupported',
      'The Ansible inventory has a form that is not supported',
      {
        detail: `${subject} ${detail}`,
        hint,
        ...(at ? { at } : {}),
      },
    )
  const asCommand = `Take { command: ['ansible-inventory', '-i', '${subject}', '--list'] }.`
  if (text.startsWith('#!')) throw refuse('is a program', asCommand)
  if (ending === '.toml') throw refuse('is TOML', asCommand)
  if (ending === '.json') {
    const value = parseJson(text, subject, at)
    if (isAnsibleList(value)) return readAnsibleList(inventory, value, subject, at)
  }
  if (['.json', '.yml', '.yaml'].includes(ending)) {
    const members = await parseYaml(text, at)
    if (!members) throw refuse('is no mapping of groups', 'At its top there are names of groups, such as all.')
    return readAnsibleYaml(inventory, members, subject, at)
  }
  // Without an ending it is YAML if it can be, as with Ansible.
  const members = ending === '' ? await parseYaml(text, at).catch(() => undefined) : undefined
  if (members && members.length > 0) readAnsibleYaml(inventory, members, subject, at)
  else parseAnsibleIni(inventory, text, at?.file)
}

// What Ansible passes over in a folder.
const ignored = /^\.|^(host_vars|group_vars|vars_plugins)$|(\.(pyc|pyo|swp|bak|rpm|md|txt|rst|orig|ini|cfg|retry)|~)$/

/** The files of inventories in a folder and those within it, in the order of Ansible. */
async function filesIn(folder: string, warnings: string[]): Promise<string[]> {
  const files: string[] = []
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name)
    if (ignored.test(name)) {
      if (name.endsWith('.ini')) warnings.push(`${name} is passed over, as Ansible passes over .ini files in a folder`)
    } else if (await isFolderAt(path)) files.push(...(await filesIn(path, warnings)))
    else files.push(path)
  }
  return files
}

async function isFolderAt(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

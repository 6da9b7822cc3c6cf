/** Reads an Ansible inventory from any of its forms. */

import { extname } from 'node:path'
import { parseAnsibleIni } from './ansible-ini.ts'
import type { AnsibleInventory } from './ansible-inventory.ts'
import { parseAnsibleList } from './ansible-list.ts'
import { addVarsFiles } from './ansible-vars-files.ts'
import { parseAnsibleYaml } from './ansible-yaml.ts'
import { readSource, type SourceOfHosts, type SourceText } from './read-source.ts'

/** An inventory, where it came from, and what of it could not be read. */
export interface AnsibleSource extends SourceText {
  readonly inventory: AnsibleInventory
  readonly warnings: readonly string[]
}

/** Reads `source`. A file is INI, YAML by its ending, or JSON by its ending; a command prints JSON as `--list` does. */
export async function readAnsible(source: SourceOfHosts, folder: string): Promise<AnsibleSource> {
  const read = await readSource(source, folder)
  if (!('file' in source)) {
    return { ...read, inventory: parseAnsibleList(read.text, read.subject, read.at), warnings: [] }
  }
  const ending = extname(source.file)
  if (ending === '.json')
    return { ...read, inventory: parseAnsibleList(read.text, read.subject, read.at), warnings: [] }
  const inventory = ['.yml', '.yaml'].includes(ending)
    ? await parseAnsibleYaml(read.text, read.subject, read.at)
    : parseAnsibleIni(read.text, read.at?.file)
  return { ...read, inventory, warnings: await addVarsFiles(inventory, read.folder) }
}

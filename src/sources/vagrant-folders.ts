/** Where Vagrant keeps what it knows: the folder of its file, and that of each machine. */

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** The folder of the Vagrantfile that Vagrant would take, or else the one it starts from. */
export function vagrantFolder(start: string): string {
  for (let folder = start; ; folder = resolve(folder, '..')) {
    if (existsSync(resolve(folder, 'Vagrantfile'))) return folder
    if (folder === resolve(folder, '..')) return start
  }
}

/** The folder that Vagrant keeps for the machine as long as it exists, and empties when the machine is destroyed. */
export async function machineFolder(dataFolder: string, name: string): Promise<string | undefined> {
  const parent = join(dataFolder, 'machines', name)
  const providers = await readdir(parent).catch(() => [])
  const folders = providers.map((provider) => join(parent, provider)).filter((each) => existsSync(join(each, 'id')))
  return folders.length === 1 ? folders[0] : undefined
}

/** Keeps what Vagrant said beside its machines: asking it takes seconds, which would be most of a run. */

import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The file of host keys in the folder of a machine. It is ours, so that it tells nothing of what Vagrant did. */
export const hostKeysName = 'foobar-deploy-known-hosts'

/** What was kept of a folder's machines. */
export interface VagrantCache {
  /** The kept text, if nothing has happened to the machines since. */
  readonly text: string | undefined
  /** Keeps a text. */
  keep(text: string): Promise<void>
}

/** The cache for the Vagrantfile in `folder`, in Vagrant's own folder for it. */
export async function openVagrantCache(folder: string, dataFolder: string): Promise<VagrantCache> {
  const file = join(dataFolder, 'foobar-deploy.json')
  const state = await stateOf(join(folder, 'Vagrantfile'), join(dataFolder, 'machines'))
  const kept = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as { state?: unknown; text?: unknown },
    (): { state?: unknown; text?: unknown } => ({}),
  )
  return {
    text: state !== undefined && kept.state === state && typeof kept.text === 'string' ? kept.text : undefined,
    keep: async (text) => {
      // Without the folder there is nothing to tell changes by.
      if (state !== undefined) await writeFile(file, JSON.stringify({ state, text })).catch(() => {})
    },
  }
}

/** Changes with each up, reload and destroy: Vagrant writes to its files of a machine then. */
async function stateOf(vagrantfile: string, machines: string): Promise<string | undefined> {
  try {
    const entries = await readdir(machines, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile() && entry.name !== hostKeysName)
    const paths = [vagrantfile, ...files.map(({ parentPath, name }) => join(parentPath, name)).sort()]
    const lines = await Promise.all(paths.map(async (path) => `${path} ${(await stat(path)).mtimeMs}`))
    return lines.join('\n')
  } catch {
    return undefined
  }
}

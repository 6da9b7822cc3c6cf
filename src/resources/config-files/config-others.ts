/** What lies in the folders that belong to a configuration alone, and is not named by it. */

import { posix } from 'node:path'
import { Unavailable } from '../../plan/resource.ts'
import type { FolderEntries, FolderEntry } from '../files/folder-entries.query.ts'
import { missing } from '../files/place.ts'
import type { DesiredConfig } from './config-schema.ts'

/** Something that is to go. */
export interface Other {
  /** Below the root. */
  readonly path: string
  readonly kind: FolderEntry['kind']
  readonly target?: string
}

/** The others in the exclusive folder `path`; none where it is not there yet. */
export function othersIn(path: string, found: FolderEntries, desired: DesiredConfig): readonly Other[] | Unavailable {
  const folder = `${desired.path}/${path}`
  switch (found.kind) {
    case 'absent':
      return []
    case 'hidden':
      return missing(`${folder}/*`, { kind: 'hidden', parentExists: false }) ?? []
    case 'no-folder':
      return new Unavailable(`${folder} is no directory`, undefined, [`path ${folder}`])
    case 'odd-name':
      return new Unavailable(
        `${folder} holds a file whose name is no UTF-8: ${JSON.stringify(found.name)}`,
        'remove it by hand',
        [`path ${folder}`],
      )
    case 'folder': {
      const named = namedPaths(desired)
      return found.entries
        .map(({ name, ...rest }) => ({ path: posix.join(path, name), ...rest }))
        .filter((other) => !named.some((one) => one === other.path || one.startsWith(`${other.path}/`)))
    }
  }
}

function namedPaths({ files, links, absent, exclusiveIn }: DesiredConfig): string[] {
  return [...files.map(({ path }) => path), ...Object.keys(links), ...absent, ...exclusiveIn]
}

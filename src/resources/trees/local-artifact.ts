/** What is built on this machine, named by what it is built from. */

import { createHash } from 'node:crypto'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { callerLocation } from '../../model/origin.ts'
import { excluder, type LocalTree, localTree } from './local-tree.ts'

/** An artifact as `artifact` takes it. It is plain data, and need not be built yet. */
export interface LocalArtifact {
  /** Its name: 16 hexadecimal digits, a hash of the sources and of how they are built. */
  readonly id: string
  /** The absolute path of the sources. */
  readonly folder: string
  readonly build: string
  readonly output: string
  readonly exclude: readonly string[]
}

const neverSources = ['node_modules', '.git', '.foobar-deploy']

/**
 * An artifact by its sources. Nothing is built here: the sources are read and hashed, which costs milliseconds. The task
 * `artifact` has it built when a host lacks it, in a new folder that holds the sources and nothing else, so that what is not
 * hashed cannot get into it.
 *
 * @example
 * ```ts
 * import { artifact, localArtifact } from 'foobar-deploy'
 *
 * const shop = localArtifact({ folder: '../shop', build: 'npm ci && npm run build', output: 'dist' })
 * const task = artifact({ from: shop, path: `/srv/shop/releases/${shop.id}`, owner: 'root', group: 'root' })
 * ```
 */
export function localArtifact(given: {
  /** The sources: an absolute path or a file URL, or a path relative to the file in which this is written. */
  readonly folder: string | URL
  /** A command for sh, run in the copy of the sources. */
  readonly build: string
  /** The folder below the sources that it makes and that is the artifact; default `dist`. */
  readonly output?: string
  /** What else in the folder is no source; patterns as `copyTree` has them. */
  readonly exclude?: readonly string[]
}): LocalArtifact {
  const at = callerLocation()
  const { build, output = 'dist', exclude = [] } = given
  const folder =
    given.folder instanceof URL ? fileURLToPath(given.folder) : resolve(at ? dirname(at.file) : '.', given.folder)
  const artifact = { id: '', folder: folder.replace(/(.)\/$/, '$1'), build, output, exclude: [...exclude] }
  return { ...artifact, id: idOf(artifact, sourcesOf(artifact)) }
}

/** The sources of an artifact as they are now. */
export function sourcesOf({ folder, output, exclude }: LocalArtifact): LocalTree {
  return localTree(folder, excluder([...neverSources, `/${output}/`, ...exclude]), undefined)
}

/** The name of an artifact that is built from `sources`. */
export function idOf({ build, output }: LocalArtifact, { files, links }: LocalTree): string {
  const inputs = [
    build,
    output,
    ...files.map(({ path, sha256, isExecutable }) => [path, sha256, isExecutable]),
    ...links.map(({ path, target }) => [path, target]),
  ]
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16)
}

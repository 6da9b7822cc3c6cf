/** What lies on a namespace host: every file that a run made or changed, and what must never be there. */

import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { secretFiles, secrets } from './fault-playbook.ts'
import type { NamespaceHost } from './namespace-host.ts'

/** Files by their path on the host; each as its type, mode, owner and content in a line. */
export type Tree = ReadonlyMap<string, string>

const filler = '/.filler'

/** Everything that was made or changed on the host, /run and /tmp included. */
export function treeOf(host: NamespaceHost): Tree {
  const tree = new Map<string, string>()
  walk(host.changed, '', tree)
  if (host.isOn) for (const folder of ['/run', '/tmp']) walk(host.path(folder), folder, tree)
  return tree
}

function walk(place: string, path: string, tree: Map<string, string>): void {
  for (const name of namesIn(place)) {
    const at = join(place, name)
    const own = `${path}/${name}`
    if (own.endsWith(filler)) continue
    const line = describe(at, own)
    if (line === undefined) continue
    tree.set(withoutTime(own), line)
    if (line.startsWith('folder')) walk(at, own, tree)
  }
}

// What a run may remove while we look is not there.
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

function describe(at: string, path: string): string | undefined {
  try {
    const status = lstatSync(at)
    const mode = (status.mode & 0o7777).toString(8)
    const owner = `${mode} ${status.uid}:${status.gid}`
    if (status.isSymbolicLink()) return `link ${status.uid}:${status.gid} ${readlinkSync(at)}`
    if (status.isDirectory()) return `folder ${owner}`
    if (status.isFile()) return `file ${owner} ${isFree(path) ? '*' : sha256(readFileSync(at))}`
    // The overlay marks with a device what was removed.
    return status.isCharacterDevice() ? undefined : `special ${owner}`
  } catch {
    return undefined
  }
}

// Content that differs from run to run: the lock’s owner, git’s index and records, which hold times.
function isFree(path: string): boolean {
  return path.startsWith('/run/') || path.includes('/.git/') || path.startsWith('/var/lib/foobar-deploy/')
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

// A backup has the time in its name.
function withoutTime(path: string): string {
  return path.replace(/\.\d{8}T\d{6}Z\.bak$/, '.TIME.bak')
}

/** How `tree` differs from `expected`, in lines; paths that `isLeftOut` are not compared. */
export function differences(tree: Tree, expected: Tree, isLeftOut: (path: string) => boolean): string[] {
  const paths = [...new Set([...tree.keys(), ...expected.keys()])].filter((path) => !isLeftOut(path)).sort()
  return paths.flatMap((path) => {
    const [found, wanted] = [tree.get(path), expected.get(path)]
    return found === wanted ? [] : [`${path}: ${found ?? 'is missing'}${wanted ? `, not ${wanted}` : ''}`]
  })
}

/** The files that hold a secret and are not there to hold it; `readable` are those that others may read. */
export function strayingSecrets(host: NamespaceHost): { readonly path: string; readonly isReadable: boolean }[] {
  const roots = [
    [host.changed, ''] as const,
    ...(host.isOn ? ['/run', '/tmp'].map((path) => [host.path(path), path] as const) : []),
  ]
  return roots.flatMap(([place, path]) => secretsBelow(place, path))
}

function secretsBelow(place: string, path: string): { path: string; isReadable: boolean }[] {
  return namesIn(place).flatMap((name) => {
    const at = join(place, name)
    const own = `${path}/${name}`
    try {
      const status = lstatSync(at)
      if (status.isDirectory()) return secretsBelow(at, own)
      if (!status.isFile() || !holdsSecret(readFileSync(at))) return []
      const isReadable = (status.mode & 0o077) !== 0
      const isHome = (secretFiles as readonly string[]).includes(own)
      return isHome && !isReadable ? [] : [{ path: own, isReadable }]
    } catch {
      return []
    }
  })
}

/** Whether bytes hold one of the secrets. */
export function holdsSecret(bytes: Buffer | string): boolean {
  return Object.values(secrets).some((secret) => bytes.includes(secret))
}

/** The lines of a file of the host; none where it is not there. */
export function linesOf(host: NamespaceHost, path: string): string[] {
  try {
    return readFileSync(join(host.changed, path), 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

/** The keys of secrets files as they were when they were last opened here: the counterpart of known_hosts. */

import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { FoobarDeployError } from '../errors.ts'
import { isSameSeal, sealOfSuccessor, successionKeyOf } from './seal.ts'
import type { SecretsEnvironment } from './secrets-environment.ts'
import type { SecretsFile, UnsealedFile } from './secrets-file.ts'

/** One line: the file's public key, the key that proves its successor, and its path. */
interface KnownFile {
  readonly publicKey: string
  readonly succession: string
  readonly path: string
}

/**
 * Refuses a secrets file that has another key than when it was last opened here, unless the file proves that the holder of
 * that key made it: anybody could make a whole new file for the same recipients. A file that is new here is recorded.
 */
export function refuseReplaced(
  path: string,
  file: SecretsFile | UnsealedFile,
  identity: string,
  surroundings: Pick<SecretsEnvironment, 'environment' | 'home' | 'warn'>,
): void {
  const list = knownFilesPath(surroundings)
  const all = readKnown(list)
  // Under its own name and under that of what it leads to: a link in its place is another file too.
  const places = [...new Set([join(realpathSync(dirname(path)), basename(path)), realpathSync(path)])]
  const known = all.filter((entry) => places.includes(entry.path))
  const [first] = known
  if (file.version === 1) {
    if (first) throw replaced(path, 'it had seals when you last opened it, and has none now', first.path, list)
    return
  }
  const moved = known.filter(({ publicKey }) => publicKey !== file.publicKey)
  const unproven = moved.find((entry) => !succeeds(file, entry))
  if (unproven) {
    const detail = `its publicKey was ${unproven.publicKey} when you last opened it, and is ${file.publicKey} now`
    throw replaced(path, detail, unproven.path, list)
  }
  if (moved.length === 0 && known.length === places.length) return
  if (moved.length > 0) {
    surroundings.warn?.(
      `${path} has a new key since you last opened it. Everyone who knew the old one can make such a file, a removed recipient too: check in version control who ran \`foobar-deploy secrets rekey\`.`,
    )
  }
  const succession = successionKeyOf(identity)
  const entries = places.map((place) => ({ publicKey: file.publicKey, succession, path: place }))
  // One whose file is gone stays: it may come back, from another branch for example.
  writeKnown(list, [...all.filter((other) => !known.includes(other)), ...entries])
}

function replaced(path: string, detail: string, realPath: string, list: string): FoobarDeployError {
  return new FoobarDeployError('definition', 'secrets-file-replaced', 'The secrets file was replaced', {
    detail,
    hint: `Find out in version control who changed it. If it is right (a branch from before a \`secrets rekey\`, or two of them since), remove the line of ${realPath} from ${list}. If not, take the file back.`,
    at: { file: path },
  })
}

function knownFilesPath({ environment, home }: Pick<SecretsEnvironment, 'environment' | 'home'>): string {
  return join(environment.XDG_CONFIG_HOME || join(home, '.config'), 'foobar-deploy', 'known-secrets')
}

function succeeds({ succeeds: proof, publicKey }: SecretsFile, { succession }: KnownFile): boolean {
  return proof !== undefined && isSameSeal(proof, sealOfSuccessor(succession, publicKey))
}

function readKnown(list: string): KnownFile[] {
  try {
    return readFileSync(list, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, publicKey, succession, path] = /^(\S+) (\S+) (.+)$/.exec(line) ?? []
        return publicKey && succession && path ? [{ publicKey, succession, path }] : []
      })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new FoobarDeployError(
      'environment',
      'known-secrets-unreadable',
      'The keys of known secrets files cannot be read',
      {
        detail: (thrown as Error).message,
        cause: thrown,
      },
    )
  }
}

// A home that cannot be written to, as in a pipeline, remembers nothing.
function writeKnown(list: string, entries: readonly KnownFile[]): void {
  const staged = `${list}.${randomUUID()}`
  try {
    mkdirSync(dirname(list), { recursive: true, mode: 0o700 })
    writeFileSync(
      staged,
      entries.map(({ publicKey, succession, path }) => `${publicKey} ${succession} ${path}\n`).join(''),
      { mode: 0o600 },
    )
    renameSync(staged, list)
  } catch {}
}

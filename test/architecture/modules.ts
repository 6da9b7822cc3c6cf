/** The project's modules as the guards see them: where each lies, what it says, what it imports. */

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One import or re-export of a module. */
export interface Import {
  /** A path from the project's root for a module of the project; else the name of a package, or `node:…`. */
  readonly target: string
  readonly isTypeOnly: boolean
}

/** A module of the project. */
export interface Module {
  /** From the project's root, with slashes. */
  readonly path: string
  readonly text: string
  readonly imports: readonly Import[]
}

// The formatter puts every statement at the start of a line; examples in comments start with an asterisk.
const statement = /^(?:import|export)\s(?<type>type\s)?(?:[^'"`;=]*?\sfrom\s)?\s*['"](?<specifier>[^'"]+)['"]/gm
const dynamic = /\bimport\(\s*['"](?<specifier>[^'"]+)['"]/g

/** The modules that match the patterns. */
export function modulesIn(...patterns: string[]): Module[] {
  return globSync(patterns, { cwd: root })
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, imports: importsOf(path, text) }
    })
}

/** The text of a file of the project. */
export function readProjectFile(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** What a module at `path` with this text imports. */
export function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(statement), ...withoutComments(text).matchAll(dynamic)].map(({ groups }) => ({
    target: targetOf(path, groups?.specifier ?? ''),
    isTypeOnly: groups?.type !== undefined,
  }))
}

/** The text without its comments, with the lines counted as before. */
export function withoutComments(text: string): string {
  return text.replaceAll(/(?<=^|\s)(\/\*[\s\S]*?\*\/|\/\/.*)/g, (comment) => comment.replaceAll(/[^\n]/g, ''))
}

function targetOf(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier))
  if (specifier.startsWith('node:')) return specifier
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

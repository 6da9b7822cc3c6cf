/** Why a user's file could not be loaded, as an error that names the file, the line and what to do. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { definedOnly, type ErrorDetails, FoobarDeployError, messageOf, type SourceLocation } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { thrownLocation } from '../model/origin.ts'
import { type SourceFrame, syntaxFrame } from './source-frame.ts'

const seeCheck = '`foobar-deploy check` shows everything the compiler finds in it.'
const missingExport = /does not provide an export named/

/** The error for `thrown`, which came out of importing `path`. */
export function loadFailure(path: string, thrown: unknown): FoobarDeployError {
  const at = thrownLocation(thrown)
  if (thrown instanceof FoobarDeployError) return thrown.with(definedOnly({ at }))
  const code = (thrown as { code?: unknown } | null)?.code
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return unsupportedSyntax(thrown)
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT') return importNotFound(path, thrown)
  if (thrown instanceof SyntaxError && (!at || missingExport.test(thrown.message))) return syntaxError(path, thrown)
  return failure('load-error', 'The file threw an error while it was loaded', thrown, {
    detail: thrown instanceof Error ? `${thrown.name}: ${thrown.message}${quoted(at)}` : String(thrown),
    hint: seeCheck,
    at: at ?? { file: path },
  })
}

function syntaxError(path: string, thrown: SyntaxError): FoobarDeployError {
  const frame = syntaxFrame(path, thrown)
  const isLink = missingExport.test(thrown.message)
  return failure(
    isLink ? 'missing-export' : 'syntax-error',
    isLink ? 'An import names something that is not exported' : 'The file has a syntax error',
    thrown,
    { detail: withFrame(thrown.message, frame), hint: seeCheck, at: frame?.at ?? { file: path } },
  )
}

function unsupportedSyntax(thrown: unknown): FoobarDeployError {
  const frame = syntaxFrame('', thrown)
  return failure('unsupported-syntax', 'The file uses TypeScript that Node.js cannot run', thrown, {
    detail: withFrame(messageOf(thrown), frame),
    hint: 'Files are run by removing their types, so only erasable syntax works: write a union of strings or a const object in place of an enum, plain fields in place of parameter properties, and modules in place of namespaces.',
    ...definedOnly({ at: frame?.at }),
  })
}

function importNotFound(path: string, thrown: unknown): FoobarDeployError {
  const message = messageOf(thrown)
  const [, kind, missing = '', importer = path] =
    /(module|package|import) '([^']+)'.* imported from (.+)$/.exec(message) ?? []
  const url = (thrown as { url?: unknown }).url
  const target = typeof url === 'string' && url.startsWith('file:') ? fileURLToPath(url) : missing
  const role = /[\\/]roles[\\/]([^\\/]+)[\\/]role\.[tj]s$/.exec(target)?.[1]
  const isToolkitRole = role !== undefined && !target.startsWith(dirname(importer) + sep) && isInToolkit(target)
  const at = importLine(importer, isToolkitRole ? `roles/${role}` : basename(missing))
  return failure('import-not-found', 'An import cannot be found', thrown, {
    detail: `${isToolkitRole ? `foobar-deploy/roles/${role}` : missing}${quoted(at)}`,
    ...definedOnly({
      hint: isToolkitRole ? closestRole(role, target) : kind === 'package' ? installHint(missing) : fileHint(target),
    }),
    at,
  })
}

function isInToolkit(target: string): boolean {
  return target.startsWith(fileURLToPath(new URL('../../roles/', import.meta.url)))
}

function closestRole(role: string, target: string): string | undefined {
  const roles = entriesOf(dirname(dirname(target)))
  const near = nearest(role, roles)
  if (near) return `Did you mean foobar-deploy/roles/${near}?`
  return roles.length > 0 ? `The toolkit has the roles ${roles.join(', ')}.` : 'The toolkit has no roles.'
}

function installHint(name: string): string {
  return `Install it in your project: npm install ${name}`
}

function fileHint(target: string): string | undefined {
  const withExtension = ['.ts', '.js', '/index.ts', '/index.js'].find((ending) => existsSync(target + ending))
  if (withExtension) return `An import needs the whole name of the file: ${basename(target)}${withExtension}`
  const source = `${target.slice(0, -extname(target).length)}.ts`
  if (/\.js$/.test(target) && existsSync(source)) return `The file is named ${basename(source)}; import that.`
  const ending = extname(target)
  const names = entriesOf(dirname(target)).filter((name) => extname(name) === ending)
  const near = nearest(
    basename(target, ending),
    names.map((name) => basename(name, ending)),
  )
  return near && `Did you mean ${near}${ending}? It is in the same folder.`
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function importLine(file: string, word: string): SourceLocation {
  const lines = linesOf(file)
  const index = lines.findIndex((line) => /\b(import|from|export)\b/.test(line) && line.includes(word))
  return index < 0 ? { file } : { file, line: index + 1, column: (lines[index]?.search(/['"`]/) ?? 0) + 1 }
}

function quoted(at: SourceLocation | undefined): string {
  const text = at?.line === undefined ? undefined : linesOf(at.file)[at.line - 1]
  return text === undefined ? '' : withFrame('', { at: at as SourceLocation, text, width: 1 })
}

function withFrame(message: string, frame: SourceFrame | undefined): string {
  if (!frame) return message
  const { line = 0, column = 1 } = frame.at
  const gutter = `${line} | `
  const indent = frame.text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')
  return `${message}\n    ${gutter}${frame.text}\n    ${' '.repeat(gutter.length)}${indent}${'^'.repeat(frame.width)}`
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}

function failure(code: string, summary: string, cause: unknown, details: ErrorDetails): FoobarDeployError {
  return new FoobarDeployError('definition', code, summary, { ...details, cause })
}

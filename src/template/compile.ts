/** Compiles templates: EJS without `with`, so that a name a template does not get is an error and not something global. */

import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'
import ejs from 'ejs'
import { FoobarDeployError, messageOf, type SourceLocation } from '../errors.ts'

/** A template that is ready: gives its text, or throws an error whose message starts with `<path>:<line>\n`. */
export type Compiled = (variables: Readonly<Record<string, unknown>>) => string

const compiled = new Map<string, Compiled>()

/** The template at `path` for variables of these names, compiled once; `print` makes text of what `<%=` is given. */
export function compileTemplate(path: string, names: readonly string[], print: (value: unknown) => string): Compiled {
  const key = [path, ...names].join('\0')
  const known = compiled.get(key)
  if (known) return known
  const template = compile(path, read(path), names, print)
  compiled.set(key, template)
  return template
}

/** The error of a template, at the line that is to blame. */
export function templateError(at: SourceLocation, detail: string, hint?: string, cause?: unknown): FoobarDeployError {
  return new FoobarDeployError('definition', 'template-failed', 'A template cannot be rendered', {
    detail,
    at,
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  })
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const hint = 'A relative path starts at the folder of the file in which it is written.'
    throw templateError({ file: path }, messageOf(cause), hint, cause)
  }
}

function compile(path: string, source: string, names: readonly string[], print: (value: unknown) => string): Compiled {
  // Nothing is escaped, so both tags print; as `<%=`, a value passes `print`, which refuses undefined.
  const text = source.replace(/^\uFEFF/, '').replaceAll('<%-', '<%=')
  const template = new ejs.Template(text, {
    filename: path,
    strict: true,
    destructuredLocals: [...names],
    escape: print,
  })
  try {
    return template.compile() as Compiled
  } catch (cause) {
    const message = messageOf(cause).split(/ in \/| while compiling ejs/)[0] ?? ''
    const line = message.startsWith('Could not find matching close tag')
      ? unclosedTag(text)
      : wrongLine(template.source)
    throw templateError(
      { file: path, line },
      message,
      'Tags are <% code %>, <%= value %>, -%> to drop the line end.',
      cause,
    )
  }
}

/** The line of the tag that another one follows before it is closed. */
function unclosedTag(text: string): number {
  let open: number | undefined
  for (const { 0: tag, index } of text.matchAll(/<%%|%%>|<%|%>/g)) {
    if (tag === '%>') open = undefined
    else if (tag === '<%' && open !== undefined) break
    else if (tag === '<%') open = index
  }
  return text.slice(0, open ?? text.length).split('\n').length
}

/** The template's line at which its code, as EJS generates it, is no JavaScript: the code says itself which line it is of. */
function wrongLine(code: string): number {
  try {
    new Script(`(function () {"use strict"\n${code}\n})`, { filename: 'template' })
  } catch (thrown) {
    const found = /^template:(\d+)/.exec(thrown instanceof Error ? (thrown.stack ?? '') : '')
    const lines = code.split('\n').slice(0, Number(found?.[1] ?? 2) - 1)
    const marker = lines.findLastIndex((line) => /^ {4}; __line = \d+$/.test(line))
    const start = lines.findLastIndex((line) => line.startsWith('    ; '))
    return Number(/\d+/.exec(lines[marker] ?? '')?.[0] ?? 1) + Math.max(0, lines.length - 1 - Math.max(start, marker))
  }
  return 1
}

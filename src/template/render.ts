/** Renders templates of configuration files: strict EJS, in which whatever is unknown or missing is an error. */

import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { FoobarDeployError, messageOf } from '../errors.ts'
import { nearest } from '../model/nearest.ts'
import { callerLocation } from '../model/origin.ts'
import { mask, Secret } from '../shell/secret.ts'
import { type Compiled, compileTemplate, templateError } from './compile.ts'

/** What a template gets, by the names it uses. */
export type TemplateVariables = Readonly<Record<string, unknown>>

/** The text of a template with its variables put in; a secret if a secret was printed into it. */
export type Rendered = string | Secret<Uint8Array>

/**
 * Renders the template at `path`, relative to the file that calls. Templates see the variables by their names; nothing is
 * escaped; printing what is undefined, null or an object is an error, as is a name that is not among the variables. What
 * may be missing is asked for as `locals.name`. Once a secret is printed, the result is a secret.
 *
 * @example
 * ```ts
 * import { configFiles, render } from 'foobar-deploy'
 *
 * configFiles({
 *   path: '/etc/nginx',
 *   files: { 'nginx.conf': render('./templates/nginx.conf.ejs', { workers: 4 }) },
 *   validate: 'nginx -t',
 * })
 * ```
 */
export function render(path: string, variables: TemplateVariables): Rendered {
  const at = callerLocation()
  return renderFile(resolve(at ? dirname(at.file) : '.', path), variables)
}

/** Renders the template at an absolute path. */
export function renderFile(path: string, variables: TemplateVariables): Rendered {
  const rendering: Rendering = { hasSecret: false }
  const text = renderInto(rendering, path, variables)
  if (!rendering.hasSecret) return text
  return new Secret(path, Buffer.from(text))
}

interface Rendering {
  hasSecret: boolean
}

// What is being rendered. Compiled templates outlive a rendering, and rendering is synchronous.
let current: Rendering = { hasSecret: false }

// Words of JavaScript and the names EJS uses in the code it generates.
const reserved =
  /^(include|locals|escapeFn|rethrow|__\w+|arguments|await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|eval|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/

function renderInto(rendering: Rendering, path: string, variables: TemplateVariables): string {
  const names = Object.keys(variables).sort()
  const wrong = names.find((name) => !/^[A-Za-z_$][\w$]*$/.test(name) || reserved.test(name))
  if (wrong !== undefined) {
    const detail = `the variable ${JSON.stringify(wrong)} cannot be a name in a template`
    throw templateError({ file: path }, detail, 'Give it under another name.')
  }
  const include = (name: string, more: TemplateVariables = {}) => {
    const included = resolve(dirname(path), name)
    // Said here, so that the line that includes is blamed.
    if (!existsSync(included)) throw new Error(`there is no template ${included}`)
    return new Included(renderInto(rendering, included, { ...variables, ...more }))
  }
  const template = compileTemplate(path, [...names, 'include'], print)
  const previous = current
  current = rendering
  try {
    return run(template, path, { ...variables, include }, names)
  } finally {
    current = previous
  }
}

function run(template: Compiled, path: string, variables: TemplateVariables, names: readonly string[]): string {
  try {
    return template(variables)
  } catch (thrown) {
    // EJS has put the template's lines into the message of the error, also of one that is complete already.
    if (thrown instanceof FoobarDeployError) throw thrown.with({})
    throw explain(thrown, path, names)
  }
}

function explain(thrown: unknown, path: string, names: readonly string[]): FoobarDeployError {
  const message = messageOf(thrown)
  const line = message.startsWith(`${path}:`) ? Number.parseInt(message.slice(path.length + 1), 10) : undefined
  const detail = message.slice(message.indexOf('\n\n') + 2)
  const at = { file: path, ...(line ? { line } : {}) }
  const unknown = thrown instanceof ReferenceError ? /^(\S+) is not defined$/.exec(detail)?.[1] : undefined
  if (unknown === undefined) return templateError(at, detail, undefined, thrown)
  const meant = nearest(unknown, names)
  const known = names.length === 0 ? 'the template gets no variables' : `the template gets: ${names.join(', ')}`
  const unknownName = `the name ${unknown} is unknown${meant ? `; did you mean ${meant}?` : ''} (${known})`
  return templateError(at, unknownName, undefined, thrown)
}

/** The text of an included template, which has been checked already. */
class Included {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

function print(value: unknown): string {
  if (value instanceof Included) return value.text
  if (value instanceof Secret) return printSecret(value)
  if (typeof value === 'string' && value.includes(mask)) {
    throw new TypeError('a secret was made part of a text and is lost; print it with a tag of its own')
  }
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  throw new TypeError(`${nameOf(value)} cannot be printed`)
}

function printSecret(secret: Secret<string | Uint8Array>): string {
  current.hasSecret = true
  const value = secret.reveal()
  return typeof value === 'string' ? value : Buffer.from(value).toString()
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list (join it: list.join(" "))'
  if (typeof value === 'object' && value !== null)
    return `an object with ${Object.keys(value).join(', ') || 'no members'}`
  return typeof value === 'function' ? 'a function' : String(value)
}

/** Cases of the nginx role: variables, the files they render to, and what the rendered configuration must answer. */

import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Facts, Secret, z } from 'foobar-deploy'
import { nginx } from '../../../roles/nginx/role.ts'
import type { Task } from '../../../src/model/task-tree.ts'

import type { FileSource } from '../../../src/resources/files/file-source.ts'
import { newDebian, tasksOf as roleTasks } from '../role-cases.ts'

/** What a user writes for the role. */
export type NginxInput = Parameters<typeof nginx>[0]

const folder = fileURLToPath(new URL('cases', import.meta.url))

const request = z.strictObject({
  /** Arguments for curl, the URL last. The server’s name is resolved to the host itself. */
  curl: z.array(z.string()).min(1),
  /** The status and the headers, by lower-case name, that the answer must have; null for none of the name. */
  status: z.int(),
  headers: z.record(z.string(), z.string().nullable()).default({}),
  /** What the text must be, or hold. */
  body: z.string().optional(),
  contains: z.string().optional(),
})

const requests = z.array(request).min(1)

/** A request, and what the answer must be. */
export type Request = z.output<typeof request>

/** The names of the cases. */
export function caseNames(): string[] {
  return readdirSync(folder).sort()
}

/** The variables of a case; `{"$secret": "text"}` stands for a secret. */
export function variablesOf(name: string): NginxInput {
  return JSON.parse(readFileSync(join(folder, name, 'variables.json'), 'utf8'), (_key, value) =>
    typeof value?.$secret === 'string' ? new Secret('case', value.$secret) : value,
  ) as NginxInput
}

/** Parts of the facts for which the case is rendered, if not those of a new Debian. */
export function factsOf(name: string): Facts {
  const path = join(folder, name, 'facts.json')
  return { ...newDebian, ...(existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Partial<Facts>) : {}) }
}

/** What the case must answer on a host. */
export function requestsOf(name: string): Request[] {
  return requests.parse(JSON.parse(readFileSync(join(folder, name, 'requests.json'), 'utf8')))
}

/** The rendered files of a case by their path. */
export function expectedOf(name: string): Record<string, string> {
  const paths = globSync('**/*', { cwd: join(folder, name, 'expected'), withFileTypes: true })
  const files = paths.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    files.map((path) => [path.slice(join(folder, name, 'expected').length + 1), readFileSync(path, 'utf8')]),
  )
}

/** Writes what a case renders to in the place of what was expected. */
export function writeExpected(name: string, files: Readonly<Record<string, string>>): void {
  const target = join(folder, name, 'expected')
  rmSync(target, { recursive: true, force: true })
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(target, path)), { recursive: true })
    writeFileSync(join(target, path), text)
  }
}

/** The tasks of the role for a host. */
export function tasksOf(variables: NginxInput, facts: Facts = newDebian): Task[] {
  return roleTasks(nginx(variables), { hosts: [{ name: 'web1', groups: ['web'], facts }] })
}

/** The files that the role renders, by their path; secrets are `********`. */
export function rendered(variables: NginxInput, facts: Facts = newDebian): Record<string, string> {
  const task = tasksOf(variables, facts).find(({ resource }) => resource.type === 'configFiles')
  if (!task || task.problems.length > 0) throw new Error(JSON.stringify(task?.problems))
  const { files } = task.desired as { files: readonly { path: string; source: FileSource }[] }
  return Object.fromEntries(files.map(({ path, source }) => [path, String(source.content)]))
}

/** What is wrong with variables, as `path: message`. */
export function problemsOf(variables: unknown): string[] {
  return nginx(variables as NginxInput).problems.map(({ path, message }) => `${path}: ${message}`)
}

/** Cases of roles: a folder each with variables, the hosts around, and the files that the role writes for them. */

import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Facts, type Host, type Opening, type RoleInstance, Secret, type TaskList } from 'foobar-deploy'
import { describe, expect, it } from 'vitest'
import { assumedFactsOf } from '../../src/model/assumed-facts.ts'
import { flattenTasks } from '../../src/model/task.ts'
import type { Task, TaskNode } from '../../src/model/task-tree.ts'
import type { FileSource } from '../../src/resources/files/file-source.ts'

/** A host of a case; what is left out is that of a new Debian without anything special. */
export interface CaseHost {
  readonly name: string
  readonly address?: string
  readonly groups?: readonly string[]
  readonly vars?: Record<string, unknown>
  readonly facts?: Partial<Facts>
}

/** What a role sees in a case: `around.json` beside `variables.json`. The role is for the first host. */
export interface CaseSurroundings {
  readonly hosts?: readonly CaseHost[]
  readonly openings?: readonly Opening[]
}

/** The facts of a Debian 13 just installed. */
export const newDebian: Facts = {
  ...assumedFactsOf('web1', '192.0.2.1'),
  hostname: 'web1',
  fqdn: 'web1',
  os: { id: 'debian', version: '13', codename: 'trixie', name: 'Debian GNU/Linux 13 (trixie)' },
  kernel: '6.12.0',
  architecture: 'amd64',
  cpus: 2,
  memoryBytes: 2 ** 30,
  interfaces: [{ name: 'host0', mac: '02:00:00:00:00:01', addresses: ['192.0.2.1/24'] }],
  init: 'systemd',
  packageManager: 'apt',
  virtualization: 'none',
  uptimeSeconds: 1,
  // What roles ask beside that.
  custom: { databaseServer: { kind: 'none' } },
}

/** What a role is called with, for a case without a run. */
export function contextOf({ hosts = [{ name: 'web1' }], openings = [] }: CaseSurroundings = {}) {
  const all = hosts.map(hostOf)
  const [host] = all
  if (!host) throw new Error('a case needs a host')
  const inGroup = (group = 'all') => all.filter(({ groups }) => group === 'all' || groups.includes(group))
  return { host, hosts: inGroup, openings: () => openings }
}

/** The tasks of a role, those in blocks and what reverts too; what follows from results is not there without a run. */
export function tasksOf(role: RoleInstance, around?: CaseSurroundings): Task[] {
  refuseProblems(role.problems)
  return plainTasks(role.tasks(contextOf(around)))
}

/** The files that tasks write, by their absolute path; secrets are `********`. */
export function filesOf(tasks: readonly Task[]): Record<string, string> {
  return Object.fromEntries(
    tasks.flatMap(({ desired, problems }) => {
      refuseProblems(problems)
      const { files = [], path, source } = desired as Partial<Written>
      const own = path !== undefined && source ? [[path, String(source.content)] as const] : []
      return [...own, ...files.map((file) => [`${path}/${file.path}`, String(file.source.content)] as const)]
    }),
  )
}

/** The cases in the folder `cases` beside the test at `url`. */
export function casesBeside(url: string) {
  const folder = fileURLToPath(new URL('cases', url))
  const inCase = (name: string, file: string) => join(folder, name, file)
  return {
    names: () => readdirSync(folder).sort(),
    /** `{"$secret": "text"}` stands for a secret. */
    variables: <Variables>(name: string): Variables =>
      JSON.parse(readFileSync(inCase(name, 'variables.json'), 'utf8'), (_key, value) =>
        typeof value?.$secret === 'string' ? new Secret('case', value.$secret) : value,
      ) as Variables,
    around: (name: string): CaseSurroundings => {
      const path = inCase(name, 'around.json')
      return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as CaseSurroundings) : {}
    },
    /** The files as they must be, by their absolute path. */
    expected: (name: string): Record<string, string> => {
      const root = inCase(name, 'expected')
      const entries = globSync('**/*', { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile())
      const paths = entries.map((entry) => join(entry.parentPath, entry.name))
      return Object.fromEntries(paths.map((path) => [path.slice(root.length), readFileSync(path, 'utf8')]))
    },
    /** Writes what is rendered in the place of what was expected. */
    write: (name: string, files: Readonly<Record<string, string>>): void => {
      rmSync(inCase(name, 'expected'), { recursive: true, force: true })
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(inCase(name, `expected${path}`)), { recursive: true })
        writeFileSync(inCase(name, `expected${path}`), text)
      }
    },
  }
}

/** Compares what a role writes in each case with what is expected. UPDATE_GOLDEN=1 writes it anew, to be judged. */
export function expectGolden<Variables>(url: string, role: (variables: Variables) => RoleInstance): void {
  const cases = casesBeside(url)
  describe('the rendered files', () => {
    it.each(cases.names())('%s', (name) => {
      const files = filesOf(tasksOf(role(cases.variables<Variables>(name)), cases.around(name)))
      if (env.UPDATE_GOLDEN === '1') cases.write(name, files)
      else expect(files).toEqual(cases.expected(name))
    })
  })
}

interface Written {
  readonly path: string
  readonly source: FileSource
  readonly files: readonly { readonly path: string; readonly source: FileSource }[]
}

function hostOf({ name, address = '192.0.2.1', groups = [], vars = {}, facts = {} }: CaseHost): Host {
  return { name, address, groups, vars, reached: true, facts: { ...newDebian, ...facts } }
}

function plainTasks(list: TaskList): Task[] {
  return flattenTasks(list).flatMap((node: TaskNode): Task[] => {
    if (node.kind === 'task') return [node]
    if (node.kind === 'block') return plainTasks([node.tasks, node.rescue ?? [], node.always])
    return node.kind === 'revertible' ? plainTasks(node.tasks) : []
  })
}

function refuseProblems(problems: RoleInstance['problems']): void {
  if (problems.length > 0) throw new Error(problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
}

/** Runs the command as a user does, in a folder of its own. */

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { onTestFinished } from 'vitest'

export const bin = fileURLToPath(new URL('../../bin/foobar-deploy.js', import.meta.url))

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Where and how the command runs. */
export interface Surroundings {
  readonly folder?: string
  readonly environment?: Record<string, string>
  readonly nodeArguments?: readonly string[]
  /** Whether it may use the terminal that the tests run on, if they do. */
  readonly hasTerminal?: boolean
}

/** Runs `foobar-deploy` with `args`; colour and CI variables of this process are not passed on. */
export function foobarDeploy(args: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  return startCommand(args, surroundings).ended
}

/** Starts `foobar-deploy`: how it ends, and how a signal is sent to it before. */
export function startCommand(
  args: readonly string[],
  surroundings: Surroundings = {},
): { readonly ended: Promise<Ended>; kill(signal: NodeJS.Signals): void } {
  const { folder = tmpdir(), environment = {}, nodeArguments = [], hasTerminal = true } = surroundings
  const { CI: _ci, NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env
  const { promise, resolve, reject } = Promise.withResolvers<Ended>()
  const child = spawn(process.execPath, [...nodeArguments, bin, ...args], {
    cwd: folder,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: !hasTerminal,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, stdout, stderr }))
  return { ended: promise, kill: (signal) => void child.kill(signal) }
}

/** A new folder with these files; it is gone after the test. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'foobar-deploy-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

/** A small inventory with a secret, a default, a group and two hosts. */
export const inventory = `import { compare, defineInventory, definePlaybook, defineQuery, defineResource, defineRole, Secret, sh, z } from 'foobar-deploy'

const nodeName = defineQuery<string, string>({
  name: 'node-name',
  key: (operand) => operand,
  script: () => 'uname -n',
  parse: ({ stdout }, operands) => operands.map(() => stdout.toString().trim()),
})
const hostName = defineResource({
  type: 'hostName',
  schema: z.strictObject({ name: z.string() }),
  id: ({ name }) => name,
  read: () => ({ name: nodeName('') }),
  parse: ({ name }) => ({ name }),
  diff: (current, desired) => compare(current, desired, ['name']),
  *apply(_changes, { name }) {
    yield sh\`hostnamectl set-hostname -- \${name}\`
  },
})
const naming = defineRole({ name: 'naming', tasks: ({ host }) => [hostName({ name: host.name, tags: ['names'] })] })
const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  variables: z.strictObject({
    port: z.int().max(65535),
    db: z.strictObject({ user: z.string().default('app'), password: z.instanceof(Secret) }),
  }),
  hostVariables: z.strictObject({ weight: z.int().default(1) }),
  plays: () => [{ name: 'Web', hosts: 'web', tags: ['web'], roles: [naming()] }],
})
export default defineInventory({
  playbook: site,
  vars: { port: 8080, db: { password: new Secret('db', 'correct horse') } },
  hosts: { web1: { address: '198.51.100.11', vars: { weight: 3 } }, web2: { address: '198.51.100.12' } },
  groups: { web: ['web1', 'web2'] },
  groupVars: { web: { port: 81 } },
})
`

/** Text without colours. */
export const plain = stripVTControlCharacters

/** The reference stack on a lab of its own, by the files and the command that a user has. */

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll } from 'vitest'
import { labDown, labPaths, labPowerOff } from '../../src/lab/index.ts'
import type { LabSuite } from '../../src/model/lab.ts'
import { type Ended, foobarDeploy } from '../cli/command.ts'
import { scriptOn } from '../engine/on-lab.ts'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** A line of `--output json`. */
export interface Line {
  readonly type: string
  readonly [member: string]: unknown
}

/** A copy of what a user has, with a lab and secrets of its own; the hosts are pristine, but for `packages`. */
export function stackFor(
  lab: string,
  { suite = 'sid', packages = [] }: { suite?: LabSuite; packages?: readonly string[] } = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'stack-'))
  const inventory = 'inventory/lab.ts'
  const environment = { FOOBAR_DEPLOY_IDENTITY: '', XDG_CONFIG_HOME: join(folder, 'config') }
  const run = (...args: string[]): Promise<Ended> => foobarDeploy(args, { folder, environment })
  beforeAll(async () => {
    for (const name of ['roles', 'node_modules', 'package.json']) symlinkSync(join(root, name), join(folder, name))
    const isSource = (path: string) => !/\/(node_modules|dist|\.foobar-deploy)$/.test(path)
    for (const name of ['playbooks', 'app'])
      cpSync(join(root, name), join(folder, name), { recursive: true, filter: isSource })
    mkdirSync(join(folder, 'inventory'))
    cpSync(join(root, inventory), join(folder, inventory))
    const declared = readFileSync(join(folder, inventory), 'utf8')
    const renamed = declared.replace(/lab: \{.*\}/, `lab: ${JSON.stringify({ name: lab, suite, packages })}`)
    if (renamed === declared) throw new Error(`${inventory} has no lab in one line`)
    writeFileSync(join(folder, inventory), renamed)
    await labDown(lab, () => {})
    const { code, stderr } = await run('lab', 'up')
    if (code !== 0) throw new Error(stderr)
  })
  afterAll(async () => {
    await labDown(lab, () => {})
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    /** Runs a command of foobar-deploy on the inventory; `--output json` as lines. */
    run: (command: string, ...args: string[]) => run(command, inventory, ...args),
    async lines(command: string, ...args: string[]): Promise<{ readonly code: number | null; readonly lines: Line[] }> {
      const { code, stdout, stderr } = await run(command, inventory, ...args, '--output', 'json')
      if (stderr !== '') throw new Error(stderr)
      return {
        code,
        lines: stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Line),
      }
    },
    /** Applies the inventory, which must go well; its lines. */
    async apply(...args: string[]): Promise<Line[]> {
      const { code, lines } = await this.lines('apply', ...args)
      if (code === 0) return lines
      throw new Error(JSON.stringify(lines.filter(({ error }) => error !== undefined)))
    },
    /** Runs a script on a host, as root. */
    on: async (host: string, script: string) => (await scriptOn(lab, host, script)).stdout,
    /** Runs a program in the network of the lab, where no host is. */
    async inNetwork(program: string, ...args: string[]): Promise<string> {
      const net = `--net=${labPaths(lab).networkFile}`
      const { stdout } = await execute('nsenter', [net, '--', program, ...args])
      return stdout
    },
    /** Changes a file of the user’s. */
    edit(path: string, from: string, to: string): void {
      const text = readFileSync(join(folder, path), 'utf8')
      if (!text.includes(from)) throw new Error(`${path} does not hold ${from}`)
      writeFileSync(join(folder, path), text.replace(from, to))
    },
    /** Boots the hosts that are off. */
    boot: () => run('lab', 'up'),
    powerOff: (host: string) => labPowerOff(lab, host),
  }
}

/** Titles of what a run has changed, by host. */
export function changedIn(lines: readonly Line[]): Record<string, string[]> {
  const changed = lines.filter(({ type, status }) => type === 'task-finished' && status === 'changed')
  const titles = (host: string) =>
    changed.filter((line) => line.host === host).map(({ task }) => (task as { title: string }).title)
  return { web1: titles('web1'), web2: titles('web2') }
}

/** How many round trips a run has made with each host. */
export function exchangesIn(lines: readonly Line[]): Record<string, number> {
  const recap = lines.find(({ type }) => type === 'run-finished')?.recap as Record<string, { roundTrips: number }>
  return Object.fromEntries(Object.entries(recap).map(([host, { roundTrips }]) => [host, roundTrips]))
}

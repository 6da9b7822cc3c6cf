/** `make bench`: the warm and the cold run on two lab hosts against the floor, `ssh host sudo true`, in one sitting. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { labPaths } from '../src/lab/index.ts'
import { packAndInstall } from '../test/package/packed-project.ts'
import { startDelayRelay } from './delay-relay.ts'
import { type Measured, measure, measurePairs, median } from './measure.ts'

const runs = Number(process.argv[2] ?? 15)
const coldRuns = Math.max(1, Math.min(3, runs))
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
// What is measured is what users install.
const project = await packAndInstall()
cpSync(here('.'), join(project.folder, 'bench'), { recursive: true })
const cli = [process.execPath, join(project.folder, 'node_modules/foobar-deploy/bin/foobar-deploy.js')]
const inventory = join(project.folder, 'bench/workload.ts')
const lab = [...cli, 'lab']
const own = ['--inventory', inventory]
// As users run it; the events are asked for where figures are taken from them.
const apply = [...cli, 'apply', inventory]
const applyWithEvents = [...apply, '--output', 'json']
const hosts = { web1: '198.51.100.11', web2: '198.51.100.12' }

interface Finished {
  readonly recap: Record<string, Recap>
}

interface Recap {
  readonly statuses: Record<string, number>
  readonly roundTrips: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly timings: Record<string, number>
}

try {
  await expectSuccess([...lab, 'up', ...own])
  const cold: { run: Measured; aptMs: number }[] = []
  for (let run = 0; run < coldRuns; run++) {
    await expectSuccess([...lab, 'reset', ...own])
    const result = await expectSuccess(applyWithEvents)
    cold.push({ run: result, aptMs: timeInApt(result) })
  }
  const verified = await expectSuccess([...cli, 'verify', inventory, '--output', 'plain'])
  const warm = await measurePairs(runs, floor('web1'), apply)
  const ratios = warm.map(({ first, second }) => second.wallMs / first.wallMs)
  const source = await measurePairs(Math.ceil(runs / 3), floor('web1'), [
    process.execPath,
    here('../bin/foobar-deploy.js'),
    'apply',
    here('./workload.ts'),
  ])
  const both = await measurePairs(runs, floorOfBoth(), apply)
  const plan = await measurePairs(Math.ceil(runs / 3), floor('web1'), [...cli, 'plan', inventory])
  const far = await measureFar(Math.ceil(runs / 3), 40)
  const help = await measurePairs(runs, [process.execPath, '-e', '0'], [...cli, '--help'])
  const last = await expectSuccess(applyWithEvents)
  const recap = finishedIn(last).recap
  const [web1] = Object.values(recap) as [Recap]
  const tasks = Object.values(web1.statuses).reduce((sum, count) => sum + count, 0)
  const walls = (rows: typeof warm, side: 'first' | 'second') => rows.map((row) => row[side].wallMs)
  print([
    ['tasks on each of two hosts', `${tasks}`],
    ['floor: ssh host sudo true', ms(median(walls(warm, 'first')))],
    ['floor: both hosts at once', ms(median(walls(both, 'first')))],
    ['warm run, whole process', ms(median(walls(warm, 'second')))],
    [
      '  ratio to the floor, pair by pair',
      `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
    ],
    ['  ratio to both hosts at once', median(both.map(({ first, second }) => second.wallMs / first.wallMs)).toFixed(2)],
    [
      '  run from source, without a build',
      `${ms(median(walls(source, 'second')))}, ratio ${median(source.map(({ first, second }) => second.wallMs / first.wallMs)).toFixed(2)}`,
    ],
    [
      '  round trips per host',
      Object.values(recap)
        .map(({ roundTrips }) => roundTrips)
        .join(', '),
    ],
    [
      '  bytes a host, sent / received',
      Object.values(recap)
        .map((host) => `${host.bytesSent} / ${host.bytesReceived}`)
        .join(', '),
    ],
    [
      '  peak memory of the controller',
      `${(Math.max(...warm.map(({ second }) => second.peakBytes)) / 1e6).toFixed(0)} MB`,
    ],
    ['warm run with 80 ms to the hosts', ms(median(walls(far, 'second')))],
    [
      '  ratio to the floor there',
      `${median(far.map(({ first, second }) => second.wallMs / first.wallMs)).toFixed(2)} (floor: ${ms(median(walls(far, 'first')))})`,
    ],
    [
      'plan, whole process',
      `${ms(median(walls(plan, 'second')))}, ratio ${median(plan.map(({ first, second }) => second.wallMs / first.wallMs)).toFixed(2)}`,
    ],
    ['cold run, whole process', cold.map(({ run }) => ms(run.wallMs)).join(', ')],
    ['  less the time in apt and dpkg', cold.map(({ run, aptMs }) => ms(run.wallMs - aptMs)).join(', ')],
    [
      '  round trips per host',
      cold
        .map(({ run }) =>
          Object.values(finishedIn(run).recap)
            .map(({ roundTrips }) => roundTrips)
            .join('+'),
        )
        .join(', '),
    ],
    ['  peak memory of the controller', `${(Math.max(...cold.map(({ run }) => run.peakBytes)) / 1e6).toFixed(0)} MB`],
    ['--help, whole process', `${ms(median(walls(help, 'second')))} (node -e 0: ${ms(median(walls(help, 'first')))})`],
  ])
  console.log('\nWhere the time of the last warm run went:')
  console.log((await expectSuccess([...cli, 'apply', inventory, '--output', 'plain', '--timings'])).stdout)
  console.log(verified.stdout.trimEnd().split('\n').slice(-4).join('\n'))
} finally {
  await measure([...lab, 'down', ...own])
  project.remove()
}

/** The same pair over a wire on which each way takes `delayMs`. */
async function measureFar(count: number, delayMs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-relays-'))
  const { key, knownHosts, socket } = labPaths('bench')
  const names = Object.keys(hosts)
  const ends = await Promise.all(names.map((name) => startDelayRelay(join(folder, name), socket(name), delayMs)))
  const proxy = `ProxyCommand=socat - UNIX-CONNECT:${join(folder, 'web1')}`
  const options = [
    '-F',
    'none',
    '-i',
    key,
    '-o',
    `UserKnownHostsFile=${knownHosts}`,
    '-o',
    'BatchMode=yes',
    '-o',
    proxy,
  ]
  process.env.BENCH_RELAYS = folder
  try {
    return await measurePairs(count, ['ssh', ...options, `vagrant@${hosts.web1}`, 'sudo', 'true'], apply)
  } finally {
    delete process.env.BENCH_RELAYS
    for (const end of ends) end()
    rmSync(folder, { recursive: true })
  }
}

/** OpenSSH as it comes, in the lab's network, where it needs no proxy. */
function floor(host: keyof typeof hosts): string[] {
  const { key, knownHosts } = labPaths('bench')
  const options = ['-F', 'none', '-i', key, '-o', `UserKnownHostsFile=${knownHosts}`, '-o', 'BatchMode=yes']
  return ['ip', 'netns', 'exec', labPaths('bench').network, 'ssh', ...options, `vagrant@${hosts[host]}`, 'sudo', 'true']
}

function floorOfBoth(): string[] {
  const line = (host: keyof typeof hosts) => floor(host).join(' ')
  return ['sh', '-c', `${line('web1')} & ${line('web2')} & wait`]
}

async function expectSuccess(command: readonly string[]): Promise<Measured> {
  const result = await measure(command)
  if (result.status !== 0)
    throw new Error(`${command.slice(1).join(' ')} ended with ${result.status}\n${result.stdout}${result.stderr}`)
  return result
}

function eventsIn({ stdout }: Measured): { type: string; [key: string]: unknown }[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function finishedIn(result: Measured): Finished {
  return eventsIn(result).find(({ type }) => type === 'run-finished') as unknown as Finished
}

/** The time in applications of apt on the host that spent the most: what the toolkit does around them is not its own. */
function timeInApt(result: Measured): number {
  const spent = new Map<string, number>()
  for (const event of eventsIn(result)) {
    const { type, host, task, durationMs } = event as {
      type: string
      host: string
      task?: { type: string }
      durationMs: number
    }
    if (type === 'task-finished' && task?.type === 'apt') spent.set(host, (spent.get(host) ?? 0) + durationMs)
  }
  return Math.max(0, ...spent.values())
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`
}

function print(rows: readonly [string, string][]): void {
  const width = Math.max(...rows.map(([name]) => name.length))
  for (const [name, value] of rows) console.log(`${name.padEnd(width)}  ${value}`)
}

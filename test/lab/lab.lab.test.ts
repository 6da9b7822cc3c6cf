/** A real lab: hosts that let people in, with packages at hand, and nothing left of them afterwards. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeCgroup } from '../../src/lab/cgroup.ts'
import { debianMirror, mirrorThroughProxy } from '../../src/lab/debian-mirror.ts'
import { firstProcess } from '../../src/lab/host-processes.ts'
import { baseImageName, layerName } from '../../src/lab/image-recipe.ts'
import {
  type LabEvent,
  type LabSpec,
  labBoot,
  labDown,
  labExec,
  labPaths,
  labPowerOff,
  labReset,
  labSsh,
  labStatus,
  labUp,
} from '../../src/lab/index.ts'
import { labRoots } from '../../src/lab/lab-paths.ts'
import { tracesOf } from './traces.ts'

const runFile = promisify(execFile)
const hosts = [
  { name: 'web1', address: '198.51.100.11' },
  { name: 'web2', address: '198.51.100.12' },
]
const spec = (name: string, packages: string[] = []): LabSpec => ({ name, suite: 'sid', packages, hosts })
const lab = spec('test-lab')
const labs = ['test-lab', 'test-lab-two', 'test-lab-killed']

async function ssh(name: string, host: string, command: string): Promise<string> {
  return (await runFile('ssh', ['-F', labPaths(name).sshConfig, host, command])).stdout.trim()
}

async function eventsOf(action: (onEvent: (event: LabEvent) => void) => Promise<void>): Promise<LabEvent[]> {
  const events: LabEvent[] = []
  await action((event) => events.push(event))
  for (const event of events) if ('durationMs' in event) console.log(JSON.stringify(event))
  return events
}

const typesOf = (events: readonly LabEvent[]) => events.map(({ type }) => type)

beforeAll(async () => {
  for (const name of labs) await labDown(name, () => {})
  await eventsOf((onEvent) => labUp(lab, onEvent))
})

afterAll(async () => {
  for (const name of labs) await labDown(name, () => {})
})

describe('a lab that is up', () => {
  it('lets vagrant in and lets him be root', async () => {
    for (const { name } of hosts)
      expect(await ssh('test-lab', name, 'id -un; hostname; sudo id -un')).toBe(`vagrant\n${name}\nroot`)
  })

  it('has booted hosts without a failed unit', async () => {
    expect(await ssh('test-lab', 'web1', 'systemctl is-system-running --wait')).toBe('running')
  })

  it('is reached by address from inside its network, and passes on exit codes', async () => {
    const { key, knownHosts } = labPaths('test-lab')
    const options = ['-i', key, '-o', `UserKnownHostsFile=${knownHosts}`]
    expect(await labExec('test-lab', ['ssh', ...options, 'vagrant@198.51.100.12', 'exit 7'])).toBe(7)
    expect(await labExec('test-lab', ['sh', '-c', 'kill -TERM $$'])).toBe(143)
    expect(await labSsh('test-lab', 'web1', ['exit 5'])).toBe(5)
  })

  it('has hosts that know each other, and no Python', async () => {
    const address = 'getent hosts web2 | cut -d" " -f1'
    expect(await ssh('test-lab', 'web1', address)).toBe('198.51.100.12')
    expect(await ssh('test-lab', 'web1', 'command -v python3 || echo none')).toBe('none')
  })

  it('leads nowhere: no route goes out of its network', async () => {
    expect(await ssh('test-lab', 'web1', 'ip route show default')).toBe('')
    expect(await labExec('test-lab', ['sh', '-c', '[ -z "$(ip route show default)" ]'])).toBe(0)
  })

  it('installs packages, and reads the lists anew', async () => {
    await ssh('test-lab', 'web1', 'sudo apt-get install -qq hello && sudo apt-get update -qq')
    expect(await ssh('test-lab', 'web1', 'hello')).toBe('Hello, world!')
  })

  it('is left alone by another up', async () => {
    const before = await firstProcess('test-lab', 'web1')
    expect(typesOf(await eventsOf((onEvent) => labUp(lab, onEvent)))).toEqual(['already-up'])
    expect(await firstProcess('test-lab', 'web1')).toBe(before)
  })

  it('is not changed by an up of another declaration', async () => {
    await expect(labUp({ ...lab, hosts: hosts.slice(1) }, () => {})).rejects.toMatchObject({ code: 'lab-changed' })
  })

  it('names its hosts when asked for another', async () => {
    const refusal = { code: 'lab-unknown-host', hint: 'Lab test-lab has: web1, web2.' }
    await expect(labSsh('test-lab', 'web9')).rejects.toMatchObject(refusal)
    await expect(labBoot(lab, 'web9')).rejects.toMatchObject(refusal)
    await expect(labPowerOff('test-lab', 'web9')).rejects.toMatchObject(refusal)
  })

  it('keeps the disk of a host whose power was cut', async () => {
    await ssh('test-lab', 'web2', 'echo kept > kept; sync')
    await labPowerOff('test-lab', 'web2')
    expect((await labStatus('test-lab')).hosts.map(({ state }) => state)).toEqual(['answering', 'off'])
    await expect(labSsh('test-lab', 'web2', ['true'])).rejects.toMatchObject({ code: 'lab-host-off' })
    expect(await eventsOf((onEvent) => labPowerOff('test-lab', 'web2', onEvent))).toEqual([
      { type: 'power-off', host: 'web2' },
    ])
    await labBoot(lab, 'web2')
    expect(typesOf(await eventsOf((onEvent) => labBoot(lab, 'web2', onEvent)))).toEqual(['already-on'])
    expect(await ssh('test-lab', 'web2', 'cat kept')).toBe('kept')
    await labPowerOff('test-lab', 'web2')
    expect((await eventsOf((onEvent) => labUp(lab, onEvent))).at(-1)).toMatchObject({ type: 'up', hosts: ['web2'] })
    expect(await labStatus('test-lab')).toMatchObject({
      state: 'up',
      hosts: [{ state: 'answering' }, { state: 'answering' }],
    })
  })

  it('is reached again after somebody ended what was left running: relays, and one of the hosts', async () => {
    const { cgroup } = labPaths('test-lab')
    for (const ended of ['relay-ssh', 'relay-apt', 'host-web2']) await removeCgroup(cgroup, ended)
    expect(typesOf(await eventsOf((onEvent) => labUp(lab, onEvent)))).toEqual(['network', 'boot', 'boot', 'up'])
    expect(await ssh('test-lab', 'web1', 'echo in')).toBe('in')
    expect(await ssh('test-lab', 'web2', 'echo in')).toBe('in')
  })

  it('runs beside another with the same hosts and addresses', async () => {
    await eventsOf((onEvent) => labUp(spec('test-lab-two'), onEvent))
    const id = 'cat /etc/machine-id'
    expect(await ssh('test-lab-two', 'web1', id)).not.toBe(await ssh('test-lab', 'web1', id))
    await eventsOf((onEvent) => labDown('test-lab-two', onEvent))
    expect(await tracesOf('test-lab-two')).toEqual([])
    await ssh('test-lab', 'web1', 'sudo apt-get update -qq')
  })

  it('has pristine hosts after a reset, with the same keys and the same network', async () => {
    const keys = await readFile(labPaths('test-lab').knownHosts, 'utf8')
    const command = spawn('nsenter', [
      `--net=${labPaths('test-lab').networkFile}`,
      'sh',
      '-c',
      'read line; ip route get 198.51.100.11',
    ])
    await ssh('test-lab', 'web1', 'sudo touch /etc/used')
    await eventsOf((onEvent) => labReset(lab, onEvent))
    expect(await ssh('test-lab', 'web1', 'ls /etc/used /usr/bin/hello 2>&1 | grep -c "No such file"')).toBe('2')
    expect(await readFile(labPaths('test-lab').knownHosts, 'utf8')).toBe(keys)
    command.stdin.end('\n')
    expect((await once(command, 'exit'))[0]).toBe(0)
  })

  it('says where to look when a host does not boot', async () => {
    await labPowerOff('test-lab', 'web2')
    const systemd = join(labPaths('test-lab').hostDirectory('web2'), 'upper/usr/lib/systemd')
    await mkdir(systemd, { recursive: true })
    await writeFile(join(systemd, 'systemd'), '#!/bin/sh\necho the disk is broken\nexit 1\n', { mode: 0o755 })
    const failure = await labBoot(lab, 'web2').catch((error) => error)
    expect(failure).toMatchObject({ code: 'lab-boot-failed', host: 'web2' })
    expect(failure.detail).toContain('the disk is broken')
    expect(failure.hint).toContain(labPaths('test-lab').hostLog('web2'))
  })
})

describe('an up that is killed', () => {
  const program = fileURLToPath(new URL('./bring-up.ts', import.meta.url))

  async function killedUp(killed: LabSpec, when: (child: ChildProcess) => Promise<unknown>): Promise<void> {
    const child = spawn(process.execPath, [program, JSON.stringify(killed)], { stdio: ['ignore', 'pipe', 'inherit'] })
    await when(child)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  /** Waits until the process has written the word, and some time more. */
  const written = (word: string, moreMs: number) => async (child: ChildProcess) => {
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (text) => String(text).includes(`"${word}"`) && resolve())
      child.on('exit', () => reject(new Error(`The process ended before it wrote "${word}".`)))
    })
    await delay(moreMs)
  }

  it.each([0, 10, 20, 30, 40, 55, 70, 85, 100, 120, 140, 170, 200, 300, 600, 1500])(
    'after %i ms leaves nothing behind a down',
    async (afterMs) => {
      const killed = spec('test-lab-killed')
      await killedUp(killed, written('begin', afterMs))
      await labDown(killed.name, () => {})
      expect(await tracesOf(killed.name)).toEqual([])
    },
  )

  it('is made good by the next up', async () => {
    const killed = spec('test-lab-killed')
    await killedUp(killed, written('boot', 100))
    expect((await labStatus(killed.name)).state).toBe('partial')
    expect(typesOf(await eventsOf((onEvent) => labUp(killed, onEvent)))).toContain('remains-removed')
    await ssh(killed.name, 'web2', 'true')
    await labDown(killed.name, () => {})
  })

  it('while it builds an image leaves nothing, and the next up builds it', async () => {
    const killed = spec('test-lab-killed', ['hello'])
    const base = baseImageName('sid', mirrorThroughProxy(await debianMirror()))
    const layer = layerName(base, killed.packages) ?? ''
    await rm(join(labRoots().cache, 'lab', layer), { recursive: true, force: true })
    await killedUp(killed, written('building', 1000))
    await labDown(killed.name, () => {})
    expect(await tracesOf(killed.name)).toEqual([])
    await eventsOf((onEvent) => labUp(killed, onEvent))
    expect(await ssh(killed.name, 'web1', 'hello')).toBe('Hello, world!')
    await labDown(killed.name, () => {})
  })
})

describe('a lab that is down', () => {
  it('is told apart from one that is up', async () => {
    await labDown('test-lab', () => {})
    expect(await tracesOf('test-lab')).toEqual([])
    expect(await labStatus('test-lab')).toMatchObject({ state: 'down', hosts: [] })
    expect(await eventsOf((onEvent) => labDown('test-lab', onEvent))).toMatchObject([{ type: 'down', found: false }])
    for (const use of [
      () => labExec('test-lab', ['true']),
      () => labSsh('test-lab', 'web1'),
      () => labBoot(lab, 'web1'),
      () => labPowerOff('test-lab', 'web1'),
    ]) {
      await expect(use()).rejects.toMatchObject({ code: 'lab-not-up' })
    }
  })
})

describe('a package that does not exist', () => {
  it('is named', async () => {
    const failure = await labUp(spec('test-lab', ['no-such-package-anywhere']), () => {}).catch((error) => error)
    expect(failure).toMatchObject({
      code: 'lab-image-failed',
      hint: 'Correct the package name no-such-package-anywhere.',
    })
    await labDown('test-lab', () => {})
    expect(await tracesOf('test-lab')).toEqual([])
  })
})

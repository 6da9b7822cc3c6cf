/** Secrets stay where they belong: canaries in every kind of them, and everything printed, run and left on a host is searched. */

import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bin, type Ended, foobarDeploy, plain } from '../cli/command.ts'
import { labFor } from '../engine/on-lab.ts'
import { canaries, controls, destinations, leaksIn, spellings, writeProject } from './canaries.ts'
import { type Seen, sampled } from './host-sampler.ts'

const execute = promisify(execFile)
const labName = 'test-secrets'
const lab = labFor(labName, [], { hosts: ['web1'] })
const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-canaries-'))
let environment: Record<string, string> = {}
const printed: { line: string; ended: Ended }[] = []
const seen: { root?: Seen; other?: Seen } = {}

async function run(line: string): Promise<Ended> {
  const ended = await foobarDeploy(line.split(' '), { folder, environment, hasTerminal: false })
  printed.push({ line, ended })
  return ended
}

/** The same on a terminal. */
async function runLive(line: string): Promise<Ended> {
  const command = `stty cols 120 rows 40; ${process.execPath} ${bin} ${line} --output live`
  const env = { ...process.env, ...environment, CI: '', NO_COLOR: '', TERM: 'xterm-256color' }
  const ended = await execute('script', ['-qec', command, '/dev/null'], { cwd: folder, env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
  )
  printed.push({ line: `${line} --output live`, ended })
  return ended
}

/** Runs a script as root by OpenSSH; its output. */
async function onHost(script: string): Promise<string> {
  return (await lab.script('web1', script)).stdout
}

const failing = ['fail-input', 'fail-file', 'fail-template', 'fail-unit']

beforeAll(async () => {
  environment = await writeProject(folder, labName)
  // A user who logs in with a password, and whose sudo asks for another.
  await onHost(`useradd --create-home --shell /bin/bash asker
chpasswd <<'END'
asker:${canaries.login}
root:${canaries.sudo}
END
printf 'Defaults:asker rootpw\\nasker ALL=(ALL:ALL) ALL\\n' >/etc/sudoers.d/asker`)
  const runs = async () => {
    await run('check inventory/lab.ts')
    await run('list inventory/lab.ts --vars --tasks --output json')
    await run('plan inventory/lab.ts --diff --verbose --output plain')
    await run('apply inventory/lab.ts --diff --verbose --timings --output plain')
    await run('plan inventory/lab.ts --diff --verbose --output json')
  }
  const again = async () => {
    // Made anew for those who look on as another user.
    await onHost(
      'rm -rf /etc/canary /etc/apt/auth.conf.d/canary.conf /etc/systemd/system/canary.service; userdel canary',
    )
    await run('apply inventory/lab.ts --diff --verbose --output json')
    await runLive('apply inventory/lab.ts --diff --verbose')
    for (const tag of failing) await run(`apply inventory/lab.ts --diff --verbose --tags ${tag} --output plain`)
    await run('apply inventory/lab.ts --verbose --tags fail-input --output json')
    await runLive('apply inventory/lab.ts --verbose --tags fail-input')
    await run('verify inventory/lab.ts --skip-tags act --diff --verbose --output plain')
    await run('verify inventory/lab.ts --skip-tags act --verbose --output json')
    await run('run inventory/lab.ts -- id')
    await run('facts inventory/lab.ts')
  }
  seen.root = (await sampled(labName, 'web1', true, runs))[0]
  seen.other = (await sampled(labName, 'web1', false, again))[0]
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the runs', () => {
  it('went as they were meant to', () => {
    const codes = printed.map(({ line, ended }) => `${ended.code} ${line}`)
    expect(codes.filter((code) => !code.startsWith('0 '))).toEqual(
      codes.filter((code) => code.includes('--tags fail-')).map((code) => `2${code.slice(1)}`),
    )
    expect(printed.map(({ ended }) => ended.stderr).join('')).toBe('')
  })

  it.each(Object.entries(destinations))('put %s where it belongs, for its owner alone', async (kind, paths) => {
    const value = canaries[kind as keyof typeof canaries]
    const [path] = paths
    if (path === undefined) return
    expect(await onHost(`cat ${path}`)).toContain(value)
    expect(await onHost(`stat -c %a ${path}`)).toMatch(/^6[04]0\n$/)
  })
})

describe('what is printed', () => {
  it('is searched for what would be found', () => {
    const verbose = printed.filter(({ line }) => /^apply.*--diff/.test(line) && !line.includes('fail-'))
    for (const { line, ended } of verbose) expect(ended.stdout, line).toContain(controls.output)
    for (const [kind, value] of Object.entries(canaries)) {
      for (const text of [value, `x\n${JSON.stringify({ value })}`, Buffer.from(`user:${value}`).toString('base64')]) {
        expect(leaksIn(text), kind).toContain(kind)
      }
    }
  })

  it('holds no canary', () => {
    const leaks = printed.flatMap(({ line, ended }) =>
      leaksIn(plain(`${ended.stdout}${ended.stderr}`)).map((kind) => `${kind}: ${line}`),
    )
    expect(leaks).toEqual([])
  })

  it.each(failing)('tells of a failure (%s) with the canary masked', (tag) => {
    const { ended } = printed.find(({ line }) => line.includes(`--tags ${tag} `)) ?? {}
    expect(ended?.stdout).toMatch(/error\[command-failed\]/)
    // systemd names the line of the file alone.
    expect(ended?.stdout).toContain(tag === 'fail-unit' ? 'bad.service:3' : '********')
  })
})

describe('while the runs go on', () => {
  it('the samplers see what there is to see', () => {
    for (const sampler of [seen.root, seen.other]) {
      expect(sampler?.rounds).toBeGreaterThan(100)
      expect(sampler?.processes).toContain(controls.argument)
      expect(sampler?.files).toContain(controls.content)
    }
    // Root sees environments too, and what the toolkit keeps for itself while it runs.
    expect(seen.root?.processes).toMatch(/SUDO_COMMAND=/)
    expect(leaksIn(seen.root?.files ?? '')).toContain('input')
  })

  it('no command line and no environment holds a canary', () => {
    expect(leaksIn(`${seen.root?.processes}${seen.other?.processes}`)).toEqual([])
  })

  it('no file that others can read holds a canary', () => {
    expect(leaksIn(seen.other?.files ?? '')).toEqual([])
  })
})

describe('afterwards', () => {
  const places = '/etc /var /run /tmp /root /home /srv /opt /usr/local /dev/shm'

  it.each(Object.entries(canaries))('%s is nowhere else on the host', async (kind, value) => {
    const patterns = spellings(value).join('\n')
    const found = await onHost(`grep -rlaF -D skip -f - ${places} 2>/dev/null <<'END'\n${patterns}\nEND\n`)
    const allowed = destinations[kind as keyof typeof canaries]
    expect(
      found
        .trim()
        .split('\n')
        .filter((path) => path !== '' && !allowed.includes(path)),
    ).toEqual([])
    if (allowed[0]) expect(found).toContain(allowed[0])
  })

  it('the journal has none, and has what it would have', async () => {
    const journal = await onHost('journalctl --no-pager -a -o export')
    expect(journal).toMatch(/COMMAND=/)
    expect(leaksIn(journal)).toEqual([])
  })

  it('nothing of the runs is left', async () => {
    const left = await onHost(
      'ls -A /run/foobar-deploy /run/foobar-deploy/root /tmp | grep -v -e owner -e lock -e : -e ^root$ -e ^beat$ -e systemd-private -e unix',
    )
    expect(left.trim()).toBe('')
  })

  it('this machine has them where they are kept alone', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(folder, path)).isFile(),
    )
    const holding = files.filter((path) => leaksIn(readFileSync(join(folder, path), 'utf8')).length > 0)
    expect(holding).toEqual(['.store'])
  })
})

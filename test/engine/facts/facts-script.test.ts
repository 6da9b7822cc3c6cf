/** The script of facts on this machine: it says what the programs say whose work it does without them. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { factsScript } from '../../../src/engine/facts/facts-script.ts'
import { parseFacts } from '../../../src/engine/facts/parse-facts.ts'

const run = (...words: string[]) => execFileSync(words[0] as string, words.slice(1), { encoding: 'utf8' }).trim()
const { facts } = parseFacts(execFileSync('sh', ['-euc', `set +e; ${factsScript}`], { encoding: 'utf8' }))

test('the script prints no errors', () => {
  expect(execFileSync('sh', ['-c', `{ ${factsScript} } 2>&1 >/dev/null`], { encoding: 'utf8' })).toBe('')
})

test('kernel, name and processors', () => {
  expect(facts.kernel).toBe(run('uname', '-r'))
  expect(facts.hostname).toBe(hostname().split('.')[0])
  expect(facts.cpus).toBe(Number(run('getconf', '_NPROCESSORS_ONLN')))
})

test('the architecture that dpkg tells', () => {
  expect(facts.architecture).toBe(run('dpkg', '--print-architecture'))
})

test('the root and its size', () => {
  const root = facts.mounts.find(({ path }) => path === '/')
  const { blocks, bsize } = statfsSync('/')
  expect(root?.sizeBytes).toBe(blocks * bsize)
})

test('every interface, with the addresses that ip tells', () => {
  const told = JSON.parse(run('ip', '-j', 'addr')) as { ifname: string; addr_info: { local: string }[] }[]
  const short = (address: string) => address.split('/')[0]
  expect(facts.interfaces.map(({ name }) => name).sort()).toEqual(told.map(({ ifname }) => ifname).sort())
  for (const { ifname, addr_info } of told) {
    const own = facts.interfaces.find(({ name }) => name === ifname)?.addresses.map(short)
    expect(own).toEqual(addr_info.map(({ local }) => local))
  }
})

test('memory, boot and timezone', () => {
  expect(facts.memoryBytes).toBeGreaterThan(2 ** 26)
  expect(facts.bootId).toBe(run('cat', '/proc/sys/kernel/random/boot_id'))
  expect(facts.timezone).toMatch(/^[A-Z]\w+(\/\w+)*$/)
  expect(facts.uptimeSeconds).toBeGreaterThan(0)
})

test('three processes at most, and none but these', () => {
  const folder = mkdtempSync(join(tmpdir(), 'facts-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  for (const name of ['ip', 'df', 'readlink', 'dpkg', 'systemd-detect-virt']) {
    const program = join(folder, name)
    writeFileSync(program, `#!/bin/sh\necho ${name} >>${log}\n`)
    chmodSync(program, 0o755)
  }
  // With no other program to be found, one that is missed here would be told on the error output.
  const script = `PATH=${folder}; { ${factsScript} } 2>&1 >/dev/null`
  expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe('')
  const started = readFileSync(log, 'utf8').trim().split('\n')
  expect(started.length).toBeLessThanOrEqual(3)
  expect(started.slice(-2)).toEqual(['ip', 'df'])
})

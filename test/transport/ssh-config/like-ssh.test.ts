/** ssh_config as ssh reads it: thousands of configurations at random, each compared with what `ssh -G` says. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { FoobarDeployError } from '../../../src/errors.ts'
import { quote } from '../../../src/shell/quote.ts'
import { destinationOf } from '../../../src/transport/ssh-config/destination.ts'
import { parseHops } from '../../../src/transport/ssh-config/hops.ts'
import { createSshConfigReader, sshConfigFailure } from '../../../src/transport/ssh-config/ssh-config-files.ts'
import { type GeneratedConfig, generatedConfig, knownVariable } from './generated-configs.ts'

const count = 2000
const seed = Number(process.env.SSH_CONFIG_SEED ?? 20_261_126)

const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-like-ssh-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const { username: user, uid, homedir: home } = userInfo()
const environment = { home, user, uid, localHost: hostname(), variables: { ...knownVariable, SHELL: '/bin/sh' } }
const readConfig = createSshConfigReader(environment)

/** What both sides say; `refused` where the configuration is. */
type Answer = 'refused' | Readonly<Record<string, unknown>>

function write(config: GeneratedConfig, name: string): string {
  const file = join(folder, name)
  writeFileSync(`${file}.included`, config.included, { mode: 0o600 })
  writeFileSync(file, config.text.replaceAll('INCLUDED', `${file}.included`), { mode: 0o600 })
  return file
}

function commandOf({ host, user, port }: GeneratedConfig, file: string): string {
  const options = [...(user ? ['-l', user] : []), ...(port ? ['-p', String(port)] : [])]
  return `ssh -F ${file} -G ${[...options, host].map((word) => quote(word)).join(' ')} 2>/dev/null; echo "=== $?"`
}

/** Asks ssh for many at once: starting it is what takes time. */
async function askSsh(configs: readonly (readonly [GeneratedConfig, string])[]): Promise<Answer[]> {
  const script = configs.map(([config, file]) => commandOf(config, file)).join('\n')
  const env = { PATH: process.env.PATH, HOME: home, ...environment.variables }
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { env, maxBuffer: 2 ** 28 })
  return stdout
    .split(/=== (\d+)\n/)
    .slice(0, -1)
    .flatMap((text, index, all) => (index % 2 === 0 ? [all[index + 1] === '0' ? answerOf(text) : 'refused'] : []))
}

function answerOf(text: string): Answer {
  const said = text
    .trimEnd()
    .split('\n')
    .map((line) => [line.replace(/ .*/s, ''), line.replace(/^\S+ ?/, '')] as const)
  const all = (keyword: string) => said.filter(([name]) => name === keyword).map(([, value]) => value)
  const one = (keyword: string) => all(keyword)[0]
  const identities = all('identityfile')
  return {
    host: one('hostname'),
    port: Number(one('port')),
    user: one('user'),
    hops: one('proxyjump') === undefined ? undefined : parseHops(one('proxyjump') ?? ''),
    command: one('proxycommand'),
    identityFiles: identities.includes('~/.ssh/id_rsa') ? [] : identities,
    certificateFiles: all('certificatefile'),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: one('identityagent'),
    knownHosts: once(one('userknownhostsfile')),
    globalKnownHosts: once(one('globalknownhostsfile')),
    hostKeyChecking: { true: 'strict', ask: 'strict', false: 'no' }[one('stricthostkeychecking') ?? ''] ?? 'accept-new',
    hostKeyAlias: one('hostkeyalias'),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    connectTimeout: one('connecttimeout'),
    keepalive: Number(one('serveraliveinterval')),
  }
}

/** A file that is named twice is read once. */
function once(files = ''): string {
  return [...new Set(files.trim().split(' '))].join(' ')
}

async function askUs({ host, user, port }: GeneratedConfig, file: string): Promise<Answer> {
  const settings = { sshConfigFile: file, ...(user ? { user } : {}), ...(port ? { port } : {}) }
  const target = { name: 'any', address: host, settings }
  try {
    const config = await readConfig(target)
    const d = destinationOf(target, config, environment)
    return {
      host: d.host,
      port: d.port,
      user: d.user,
      hops: d.route.kind === 'jump' ? parseHops(config.proxyJump ?? '') : undefined,
      command: d.route.kind === 'command' ? d.route.command : undefined,
      identityFiles: config.identityFiles,
      certificateFiles: config.certificateFiles,
      identitiesOnly: d.identitiesOnly,
      agent: /^(none|SSH_AUTH_SOCK|\$.*)$/.test(config.identityAgent ?? 'none') ? config.identityAgent : d.agentSocket,
      knownHosts: d.knownHostsFiles.join(' ') || 'none',
      globalKnownHosts: d.globalKnownHostsFiles.join(' ') || 'none',
      hostKeyChecking: d.hostKeyChecking,
      hostKeyAlias: config.hostKeyAlias,
      hashKnownHosts: d.hashKnownHosts,
      connectTimeout: String(config.connectTimeoutSeconds ?? 'none'),
      keepalive: config.serverAliveIntervalSeconds ?? 0,
    }
  } catch (thrown) {
    if (thrown instanceof FoobarDeployError) return 'refused'
    expect(sshConfigFailure('any', thrown).cause).toHaveProperty('place')
    return 'refused'
  }
}

test(`${count} configurations mean what ssh says they mean`, async () => {
  const configs = fc
    .sample(generatedConfig, { numRuns: count, seed })
    .map((config, index) => [config, write(config, String(index))] as const)
  const parts = Array.from({ length: 24 }, (_, part) => configs.filter((__, index) => index % 24 === part))
  let refused = 0
  const work = async () => {
    for (let part = parts.pop(); part; part = parts.pop()) {
      const answers = await askSsh(part)
      expect(answers).toHaveLength(part.length)
      for (const [index, [config, file]] of part.entries()) {
        if (answers[index] === 'refused') refused++
        const text = `${commandOf(config, file)}\n${config.text}\n--- included\n${config.included}`
        expect(await askUs(config, file), text).toEqual(answers[index])
      }
    }
  }
  await Promise.all([work(), work()])
  // Mistakes are among them, and are not most of them.
  expect(refused).toBeGreaterThan(count / 50)
  expect(refused).toBeLessThan(count / 4)
}, 600_000)

/** Host keys against a real sshd: known, unknown, changed, revoked, and newly accepted. */

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import type { ConnectionSettings } from '../../../src/model/host.ts'
import { hermeticTransport, type Sshd, startSshd } from '../sshd.ts'

// Whole servers run here, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

let sshd: Sshd
let name: string
let fingerprint: string

beforeAll(async () => {
  sshd = await startSshd()
  name = `[127.0.0.1]:${sshd.port}`
  const shown = execFileSync('ssh-keygen', ['-lf', join(sshd.folder, 'host_ed25519.pub')], { encoding: 'utf8' })
  fingerprint = shown.split(' ')[1] ?? ''
})
afterAll(() => sshd?.stop())

const attempt = async (settings: Partial<ConnectionSettings>, options: { configFile?: string } = {}) => {
  const connection = await hermeticTransport(sshd.folder, options).connect(sshd.target(settings))
  connection.close()
}
const known = (file: string, text: string) => ({ knownHostsFile: sshd.write(file, text) })
const otherKey = () => {
  const line = readFileSync(`${sshd.makeKey(`other-${Math.random()}`, { isAllowed: false })}.pub`, 'utf8')
  return line.split(' ').slice(0, 2).join(' ')
}

test('a hashed entry, as ssh-keygen -H makes it', async () => {
  const { knownHostsFile } = known('hashed', `${name} ${sshd.hostKeys.ed25519}\n`)
  execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHostsFile], { stdio: 'ignore' })
  expect(readFileSync(knownHostsFile, 'utf8')).toMatch(/^\|1\|/)
  await attempt({ knownHostsFile })
})

test('of the keys of the host the one that is known is asked for', async () => {
  await attempt(known('ecdsa', `${name} ${sshd.hostKeys.ecdsa}\n`))
})

test('an entry without the port is good enough for its key', async () => {
  await attempt(known('portless', `127.0.0.1 ${sshd.hostKeys.ed25519}\n`))
})

test('an unknown key is refused and named', async () => {
  const file = join(sshd.folder, 'not-there')
  await expect(attempt({ knownHostsFile: file })).rejects.toMatchObject({
    family: 'unreachable',
    code: 'unknown-host-key',
    host: 'web1',
    detail: expect.stringMatching(new RegExp(`ssh-ed25519 key ${literally(fingerprint)}.*not-there`)),
    hint: expect.stringContaining(`ssh-keyscan -p ${sshd.port} 127.0.0.1 >> `),
  })
  expect(() => statSync(file)).toThrow('ENOENT')
})

test('a certificate authority is no key, and the error says so', async () => {
  const settings = known('authority', `@cert-authority ${name} ${otherKey()}\n`)
  await expect(attempt(settings)).rejects.toMatchObject({
    code: 'unknown-host-key',
    detail: expect.stringContaining('authority:1 names a certificate authority'),
  })
})

test.each(['strict', 'accept-new'] as const)('a changed key is refused (%s)', async (hostKeyChecking) => {
  const settings = known('changed', `# two lines\n${name} ${otherKey()}\n`)
  await expect(attempt({ ...settings, hostKeyChecking })).rejects.toMatchObject({
    code: 'changed-host-key',
    host: 'web1',
    detail: expect.stringMatching(
      new RegExp(`${literally(fingerprint)}, but known is ssh-ed25519 SHA256:.*/changed:2`),
    ),
    hint: expect.stringContaining(`ssh-keygen -R '${name}' -f ${settings.knownHostsFile}`),
  })
})

test.each(['strict', 'accept-new'] as const)('a revoked key is refused, though it is known (%s)', async (checking) => {
  const lines = `${name} ${sshd.hostKeys.ed25519}\n@revoked * ${sshd.hostKeys.ed25519}\n`
  await expect(attempt({ ...known('revoked', lines), hostKeyChecking: checking })).rejects.toMatchObject({
    code: 'revoked-host-key',
    detail: expect.stringContaining('/revoked:2'),
  })
})

test('accept-new records the key, in a new folder that is private', async () => {
  const knownHostsFile = join(sshd.folder, 'new', 'known_hosts')
  await attempt({ knownHostsFile, hostKeyChecking: 'accept-new' })
  expect(readFileSync(knownHostsFile, 'utf8')).toBe(`${name} ${sshd.hostKeys.ed25519}\n`)
  expect(statSync(knownHostsFile).mode & 0o777).toBe(0o600)
  expect(statSync(join(sshd.folder, 'new')).mode & 0o777).toBe(0o700)
  await attempt({ knownHostsFile })
})

test('several connections at once record the key once, after a last line without an end', async () => {
  const settings = { ...known('busy', `other ${sshd.hostKeys.ecdsa}`), hostKeyChecking: 'accept-new' as const }
  await Promise.all([attempt(settings), attempt(settings), attempt(settings)])
  expect(readFileSync(settings.knownHostsFile, 'utf8')).toBe(
    `other ${sshd.hostKeys.ecdsa}\n${name} ${sshd.hostKeys.ed25519}\n`,
  )
})

test.each(['*', 'a b', 'x,*', '@revoked'])(
  'accept-new records nothing under the name %j, which is no name',
  async (address) => {
    const knownHostsFile = join(sshd.folder, 'strange-names')
    const proxyCommand = `exec ${process.execPath} -e 'const s = require("node:net").connect(${sshd.port}, "127.0.0.1"); process.stdin.pipe(s).pipe(process.stdout)'`
    const { settings } = sshd.target({ knownHostsFile, proxyCommand, hostKeyChecking: 'accept-new' })
    await expect(hermeticTransport(sshd.folder).connect({ name: 'web1', address, settings })).rejects.toMatchObject({
      code: 'known-hosts-unwritable',
      detail: expect.stringContaining('cannot be a name in it'),
    })
    expect(() => statSync(knownHostsFile)).toThrow('ENOENT')
  },
)

test('HashKnownHosts hides the name that accept-new records', async () => {
  const knownHostsFile = join(sshd.folder, 'hashed-new')
  const sshConfigFile = sshd.write('hash_config', 'HashKnownHosts yes\n')
  await attempt({ knownHostsFile, sshConfigFile, hostKeyChecking: 'accept-new' })
  expect(readFileSync(knownHostsFile, 'utf8')).toMatch(/^\|1\|/)
  expect(execFileSync('ssh-keygen', ['-F', name, '-f', knownHostsFile], { encoding: 'utf8' })).toContain('line 1')
  await attempt({ knownHostsFile })
})

test('accept-new with /dev/null records nothing, and holds for the run alone', async () => {
  const other = await startSshd()
  onTestFinished(() => other.stop())
  const transport = hermeticTransport(sshd.folder)
  const connectTo = async (port: number) => {
    const settings = { port, knownHostsFile: '/dev/null', hostKeyChecking: 'accept-new', hostKeyAlias: 'web1' } as const
    const connection = await transport.connect(sshd.target({ ...settings, identityFile: [sshd.key, other.key] }))
    connection.close()
  }
  await connectTo(sshd.port)
  await connectTo(sshd.port)
  await expect(connectTo(other.port)).rejects.toMatchObject({ code: 'changed-host-key' })
})

test('accept-new that cannot record is refused', async () => {
  const knownHostsFile = join(sshd.key, 'known_hosts')
  await expect(attempt({ knownHostsFile, hostKeyChecking: 'accept-new' })).rejects.toMatchObject({
    code: 'known-hosts-unwritable',
    host: 'web1',
  })
})

test('no lets an unknown host in, and records nothing', async () => {
  const { knownHostsFile } = known('unchecked', `other ${otherKey()}\n`)
  const before = readFileSync(knownHostsFile, 'utf8')
  await attempt({ knownHostsFile, hostKeyChecking: 'no' })
  expect(readFileSync(knownHostsFile, 'utf8')).toBe(before)
})

test('no refuses a changed key all the same, and says how to accept one', async () => {
  const settings = known('changed-unchecked', `${name} ${otherKey()}\n`)
  await expect(attempt({ ...settings, hostKeyChecking: 'no' })).rejects.toMatchObject({
    code: 'changed-host-key',
    hint: expect.stringMatching(/ssh-keygen -R .*accepts unknown keys, not changed ones.*knownHostsFile: 'none'/),
  })
  await attempt({ knownHostsFile: 'none', hostKeyChecking: 'no' })
})

test('StrictHostKeyChecking no of ssh_config refuses a changed key too', async () => {
  const { knownHostsFile } = known('changed-config', `${name} ${otherKey()}\n`)
  const sshConfigFile = sshd.write('unchecked_config', 'StrictHostKeyChecking no\n')
  await expect(attempt({ knownHostsFile, sshConfigFile })).rejects.toMatchObject({ code: 'changed-host-key' })
})

test('no refuses a host that shows another key than earlier in the run', async () => {
  const other = await startSshd()
  onTestFinished(() => other.stop())
  const transport = hermeticTransport(sshd.folder)
  const connectTo = async (port: number) => {
    const settings = { port, knownHostsFile: 'none', hostKeyChecking: 'no', hostKeyAlias: 'web1' } as const
    const connection = await transport.connect(sshd.target({ ...settings, identityFile: [sshd.key, other.key] }))
    connection.close()
  }
  await connectTo(sshd.port)
  await connectTo(sshd.port)
  await expect(connectTo(other.port)).rejects.toMatchObject({
    code: 'changed-host-key',
    detail: expect.stringMatching(
      new RegExp(`but it showed ssh-ed25519 ${literally(fingerprint)} earlier in this run$`),
    ),
  })
})

test('no refuses a revoked key', async () => {
  const settings = known('revoked-unchecked', `@revoked * ${sshd.hostKeys.ed25519}\n`)
  await expect(attempt({ ...settings, hostKeyChecking: 'no' })).rejects.toMatchObject({ code: 'revoked-host-key' })
})

test('a key revoked under any name of the host is refused, also where another name knows it', async () => {
  const lines = `${name} ${sshd.hostKeys.ed25519}\n@revoked [web1.example.org]:${sshd.port} ${sshd.hostKeys.ed25519}\n`
  const { settings } = sshd.target({ ...known('revoked-alias', lines), hostName: '127.0.0.1' })
  const connecting = hermeticTransport(sshd.folder).connect({ name: 'web1', address: 'web1.example.org', settings })
  await expect(connecting).rejects.toMatchObject({ code: 'revoked-host-key' })
})

test('HostKeyAlias and UserKnownHostsFile of ssh_config', async () => {
  const file = sshd.write('aliased', `the-alias ${sshd.hostKeys.ed25519}\n`)
  const configFile = sshd.write('alias_config', `HostKeyAlias The-Alias\nUserKnownHostsFile ${file}\n`)
  const { settings, ...target } = sshd.target()
  const { port, user, identityFile } = settings as Required<ConnectionSettings>
  const connection = await hermeticTransport(sshd.folder, { configFile }).connect({
    ...target,
    settings: { port, user, identityFile },
  })
  connection.close()
})

function literally(text: string): string {
  return text.replace(/[+/.]/g, '\\$&')
}

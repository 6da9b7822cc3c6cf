/** A real sshd on loopback, with its own folder, host keys and authorized keys; no user of the machine is touched. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { hostname, tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createSshTransport } from '../../src/transport/ssh.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'

const program = '/usr/sbin/sshd'

export interface Sshd {
  readonly port: number
  /** A new folder for everything of this server and its clients. */
  readonly folder: string
  /** The host keys as lines of known_hosts want them, by type. */
  readonly hostKeys: Readonly<Record<'ed25519' | 'ecdsa', string>>
  readonly user: string
  /** A key that may log in. */
  readonly key: string
  /** A known_hosts file that knows the host. */
  readonly knownHosts: string
  /** Makes a key pair in the folder and returns the path of the private key. */
  makeKey(name: string, options?: { type?: string; passphrase?: string; isAllowed?: boolean; form?: string }): string
  write(name: string, text: string): string
  /** A target that logs in with {@link key}, and what is to be different. */
  target(settings?: Partial<Target['settings']>): Target
  stop(): void
}

/** Starts a server; `lines` are added to its configuration. */
export async function startSshd(lines: readonly string[] = []): Promise<Sshd> {
  try {
    accessSync(program)
  } catch {
    throw new Error(`These tests need ${program}: apt-get install openssh-server`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'foobar-deploy-sshd-'))
  const { username: user, uid } = userInfo()
  // sshd as root insists on this folder for its privilege separation.
  if (uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const makeKey: Sshd['makeKey'] = (name, { type = 'ed25519', passphrase = '', isAllowed = true, form } = {}) => {
    const path = join(folder, name)
    execFileSync('ssh-keygen', [
      ...['-q', '-t', type, '-N', passphrase, '-C', name, '-f', path],
      // As cheap as ssh-keygen makes them: these keys protect nothing.
      ...['-a', '1'],
      ...(type === 'rsa' ? ['-b', '2048'] : []),
      ...(form ? ['-m', form] : []),
    ])
    if (isAllowed) appendFileSync(join(folder, 'authorized_keys'), readFileSync(`${path}.pub`))
    return path
  }
  const hostKey = (type: string) => {
    const path = makeKey(`host_${type}`, { type, isAllowed: false })
    return readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  }
  const hostKeys = { ed25519: hostKey('ed25519'), ecdsa: hostKey('ecdsa') }
  const key = makeKey('id')
  const port = await freePort()
  const config = write(
    'sshd_config',
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${join(folder, 'host_ed25519')}`,
      `HostKey ${join(folder, 'host_ecdsa')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      'MaxStartups 100',
      'PidFile none',
      // Start-up files of the user who runs the tests can be slow, or wait for a lock that a killed session left.
      `SetEnv HOME=${folder}`,
      ...lines,
      '',
    ].join('\n'),
  )
  const child = spawn(program, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  await listening(child)
  const knownHosts = write('known_hosts', `[127.0.0.1]:${port} ${hostKeys.ed25519}\n`)
  return {
    port,
    folder,
    hostKeys,
    user,
    key,
    knownHosts,
    makeKey,
    write,
    target: (settings = {}) => ({
      name: 'web1',
      address: '127.0.0.1',
      settings: { port, user, identityFile: key, knownHostsFile: knownHosts, sshConfigFile: false, ...settings },
    }),
    stop() {
      child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A transport that knows nothing of the one who runs the tests. */
export function hermeticTransport(
  folder: string,
  options: {
    prompt?: (question: string) => Promise<string>
    notice?: (text: string, host?: string) => void
    authSocket?: string
    variables?: Readonly<Record<string, string>>
    configFile?: string
  } = {},
): Transport {
  const { prompt, notice, authSocket, variables = {}, ...environment } = options
  const { username: user, uid } = userInfo()
  return createSshTransport({
    prompt: prompt ?? ((question) => Promise.reject(new Error(`Nobody expected to be asked: ${question}`))),
    ...(notice ? { notice } : {}),
    environment: {
      home: folder,
      user,
      uid,
      localHost: hostname(),
      variables: { ...variables, ...(authSocket ? { SSH_AUTH_SOCK: authSocket } : {}) },
      systemConfigFile: join(folder, 'no-system-config'),
      ...environment,
    },
  })
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes('Server listening')) resolve()
    })
    child.on('error', reject)
    child.on('close', () => reject(new Error(`sshd did not start: ${log}`)))
  })
}

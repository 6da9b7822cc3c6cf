/** The ssh_config files of this machine: which are read, what they include, and the commands that they ask. */

import { spawn } from 'node:child_process'
import { globSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { definedOnly, messageOf } from '../../errors.ts'
import { interrupted } from '../interrupted.ts'
import type { Target } from '../transport.ts'
import { unreachable } from '../unreachable.ts'
import { type ConfigText, SshConfigProblem } from './config-lines.ts'
import { readSshConfig, type SshConfig, type SshConfigQuery } from './ssh-config.ts'
import { expandHome, type SshEnvironment } from './ssh-environment.ts'
import { expandPath } from './tokens.ts'

/** What the configuration files say of a target; `Host` may name it by its alias too. */
export type SshConfigReader = (
  target: Target,
  options?: { readonly alias?: string | undefined; readonly signal?: AbortSignal | undefined },
) => Promise<SshConfig>

/** A command of `Match exec` that has to be run before the files can be read to their end. */
class CommandNeeded extends Error {
  readonly command: string

  constructor(command: string) {
    super(command)
    this.command = command
  }
}

/** Makes a reader that reads each file once. They are small and needed before anything else, so it does not wait. */
export function createSshConfigReader(environment: SshEnvironment): SshConfigReader {
  const texts = new Map<string, string | undefined>()
  const read = (file: ConfigFile): ConfigText[] => {
    const { path } = file
    if (!texts.has(path)) texts.set(path, readConfigFile(file, environment))
    const text = texts.get(path)
    if (text === undefined && file.isChosen) throw new SshConfigProblem(`${path} is not there`)
    return text === undefined ? [] : [{ text, file: path }]
  }
  return async ({ name, address, settings }, { alias, signal } = {}) => {
    const answers = new Map<string, boolean>()
    const { hostName, port, user, hostKeyAlias, connectTimeoutMs = defaultLimitMs } = settings
    const query = (files: readonly ConfigFile[]): SshConfigQuery => ({
      host: address,
      ...definedOnly({ alias }),
      given: definedOnly({ hostName, port, user, hostKeyAlias }),
      environment,
      include: (pattern, from, tokens) => {
        const { folder = '' } = files[from] ?? {}
        return pathsFor(expandPath(pattern, tokens, environment), folder).flatMap((path) =>
          read({ path, folder, isChosen: false }),
        )
      },
      run(command) {
        const answer = answers.get(command)
        if (answer === undefined) throw new CommandNeeded(command)
        return answer
      },
    })
    for (;;) {
      try {
        const files = filesFor(settings.sshConfigFile, environment).filter((file) => read(file).length > 0)
        return readSshConfig(files.flatMap(read), query(files))
      } catch (thrown) {
        if (!(thrown instanceof CommandNeeded)) throw sshConfigFailure(name, thrown)
        const { command } = thrown
        const succeeded = await succeeds(command, environment, connectTimeoutMs, signal)
        if (signal?.aborted) throw interrupted(signal, name)
        if (succeeded === undefined)
          throw sshConfigFailure(
            name,
            new SshConfigProblem(`Match exec gave no answer within ${connectTimeoutMs} ms: ${command}`),
          )
        answers.set(command, succeeded)
      }
    }
  }
}

/** The error for ssh_config that cannot be followed. */
export function sshConfigFailure(host: string, thrown: unknown) {
  return unreachable('ssh-config-invalid', {
    host,
    detail: messageOf(thrown),
    hint: 'Correct the file, or set sshConfigFile to another one or to false.',
    cause: thrown,
  })
}

interface ConfigFile {
  readonly path: string
  /** What Includes are relative to. */
  readonly folder: string
  /** Whether the inventory names it, so that it must be there. */
  readonly isChosen: boolean
}

function filesFor(chosen: string | false | undefined, environment: SshEnvironment): ConfigFile[] {
  const folder = join(environment.home, '.ssh')
  if (chosen === false) return []
  if (chosen !== undefined) return [{ path: expandHome(chosen, environment), folder, isChosen: true }]
  return [
    { path: environment.configFile ?? join(folder, 'config'), folder, isChosen: false },
    { path: environment.systemConfigFile ?? '/etc/ssh/ssh_config', folder: '/etc/ssh', isChosen: false },
  ]
}

function pathsFor(pattern: string, folder: string): string[] {
  const absolute = isAbsolute(pattern) ? pattern : join(folder, pattern)
  return /[*?[]/.test(absolute) ? globSync(absolute).sort() : [absolute]
}

function readConfigFile({ path, isChosen }: ConfigFile, { uid }: SshEnvironment): string | undefined {
  try {
    // Whoever can write this file can run commands here, by ProxyCommand.
    const { mode, uid: owner } = statSync(path)
    if ((mode & 0o022) !== 0) throw new SshConfigProblem(`${path} can be written by others; chmod 600`)
    if (!isChosen && owner !== 0 && owner !== uid) throw new SshConfigProblem(`${path} belongs to another user`)
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw code === undefined ? thrown : new SshConfigProblem(messageOf(thrown))
  }
}

const defaultLimitMs = 15_000

/** Whether the user's shell runs `command` with success; undefined if it takes too long. */
function succeeds(
  command: string,
  { variables }: SshEnvironment,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const child = spawn(variables.SHELL || '/bin/sh', ['-c', command], {
      stdio: 'ignore',
      timeout: limitMs,
      killSignal: 'SIGKILL',
      ...definedOnly({ signal }),
    })
    child.on('error', () => resolve(false))
    child.on('close', (status, killed) => resolve(killed === 'SIGKILL' ? undefined : status === 0))
  })
}

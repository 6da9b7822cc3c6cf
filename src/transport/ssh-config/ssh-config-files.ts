/** The ssh_config files of this machine: which are read, and what they include. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { messageOf } from '../../errors.ts'
import type { Target } from '../transport.ts'
import { unreachable } from '../unreachable.ts'
import { readSshConfig, type SshConfig, SshConfigProblem } from './ssh-config.ts'
import { expandHome, type SshEnvironment } from './ssh-environment.ts'

/** What the configuration files say of a target. */
export type SshConfigReader = (target: Target) => SshConfig

/** Makes a reader that reads each file once. They are small and needed before anything else, so it does not wait. */
export function createSshConfigReader(environment: SshEnvironment): SshConfigReader {
  const texts = new Map<string, string | undefined>()
  const read = (file: string): string | undefined => {
    if (!texts.has(file)) texts.set(file, readConfigFile(file))
    return texts.get(file)
  }
  return ({ name, address, settings }) => {
    const files = filesFor(settings.sshConfigFile, environment)
    try {
      const present = files.filter(({ path, isRequired }) => {
        if (read(path) !== undefined) return true
        if (isRequired) throw new SshConfigProblem(`${path} is not there`)
        return false
      })
      return readSshConfig(
        present.map(({ path }) => read(path) ?? ''),
        {
          host: address,
          localUser: environment.user,
          ...(settings.user === undefined ? {} : { user: settings.user }),
          include: (pattern, from) =>
            expandPattern(pattern, present[from]?.folder ?? '', environment).flatMap((path) => read(path) ?? []),
        },
      )
    } catch (thrown) {
      throw unreachable('ssh-config-invalid', {
        host: name,
        detail: `${messageOf(thrown)} (in ${files.map(({ path }) => path).join(', ')})`,
        hint: 'Correct the file, or set sshConfigFile to another one or to false.',
        cause: thrown,
      })
    }
  }
}

interface ConfigFile {
  readonly path: string
  /** What Includes are relative to. */
  readonly folder: string
  readonly isRequired: boolean
}

function filesFor(chosen: string | false | undefined, environment: SshEnvironment): ConfigFile[] {
  const folder = join(environment.home, '.ssh')
  if (chosen === false) return []
  if (chosen !== undefined) return [{ path: expandHome(chosen, environment), folder, isRequired: true }]
  return [
    { path: environment.configFile ?? join(folder, 'config'), folder, isRequired: false },
    { path: environment.systemConfigFile ?? '/etc/ssh/ssh_config', folder: '/etc/ssh', isRequired: false },
  ]
}

function expandPattern(pattern: string, folder: string, environment: SshEnvironment): string[] {
  const expanded = expandHome(pattern, environment)
  const absolute = isAbsolute(expanded) ? expanded : join(folder, expanded)
  return /[*?[]/.test(absolute) ? globSync(absolute).sort() : [absolute]
}

function readConfigFile(path: string): string | undefined {
  try {
    // Whoever can write this file can run commands here, by ProxyCommand.
    if ((statSync(path).mode & 0o022) !== 0) throw new SshConfigProblem(`${path} can be written by others; chmod 600`)
    return readFileSync(path, 'utf8')
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw thrown
  }
}

/** Tells whether this machine has what a lab needs, and what is missing. */

import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { env, geteuid, platform } from 'node:process'
import { FoobarDeployError } from '../errors.ts'

/** The programs a lab needs, each with the Debian package that brings it. */
export const neededPrograms = {
  'systemd-nspawn': 'systemd-container',
  mmdebstrap: 'mmdebstrap',
  'apt-cacher-ng': 'apt-cacher-ng',
  socat: 'socat',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  flock: 'util-linux',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
} as const

/** What was found out about this machine. */
export interface MachineFacts {
  readonly platform: string
  /** Effective user id, where the platform has one. */
  readonly userId: number | undefined
  readonly programs: ReadonlySet<string>
}

/** PATH for the lab's commands: several of them live in sbin, which a plain user's PATH lacks. */
export const commandPath = [env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  .filter(Boolean)
  .join(delimiter)

/** Throws the first reason for which no lab can run on a machine of these facts. */
export function checkMachine(facts: MachineFacts): void {
  if (facts.platform !== 'linux') {
    throw new FoobarDeployError('environment', 'lab-not-linux', 'A lab needs Linux', { detail: facts.platform })
  }
  if (facts.userId !== 0) {
    throw new FoobarDeployError('environment', 'lab-not-root', 'A lab needs root', {
      detail: `this is user ${facts.userId}`,
      hint: 'Run the command with sudo.',
    })
  }
  const missing = Object.keys(neededPrograms).filter((program) => !facts.programs.has(program))
  if (missing.length > 0) {
    const packages = new Set(missing.map((program) => neededPrograms[program as keyof typeof neededPrograms]))
    throw new FoobarDeployError('environment', 'lab-missing-program', 'A program that a lab needs is missing', {
      detail: missing.join(', '),
      hint: `apt-get install ${[...packages].join(' ')}`,
    })
  }
}

/** Throws unless a lab can run on this machine. */
export async function requireEnvironment(): Promise<void> {
  const names = Object.keys(neededPrograms)
  const found = await Promise.all(names.map(isProgram))
  checkMachine({
    platform,
    userId: geteuid?.(),
    programs: new Set(names.filter((_, index) => found[index])),
  })
}

async function isProgram(name: string): Promise<boolean> {
  for (const directory of commandPath.split(delimiter)) {
    const isThere = await access(join(directory, name), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return true
  }
  return false
}

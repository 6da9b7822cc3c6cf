/** What went wrong with a shell, in words. */

import { definedOnly, FoobarDeployError } from '../../errors.ts'
import type { DecoderFailure } from '../../protocol/decoder.ts'
import type { Secret } from '../../shell/secret.ts'
import type { ChannelEnd } from '../../transport/transport.ts'
import type { SessionLimits } from './session-limits.ts'
import type { WatchEnd } from './session-watch.ts'

/** The shell that an error is about. */
export interface FailedShell {
  readonly host: string
  readonly user: string | undefined
  readonly password?: Secret
  readonly limits: SessionLimits
}

/** The error of a shell that was there and has ended. */
export function lost({ host }: FailedShell, end: ChannelEnd, printed: string): FoobarDeployError {
  if (end.kind === 'lost') return end.error.with({ host })
  const how = end.kind === 'exit' ? `ended with status ${end.status}` : `was ended by signal ${end.signal}`
  return new FoobarDeployError('unreachable', 'shell-lost', 'The shell on the host is gone', {
    host,
    detail: `it ${how}${printed === '' ? '' : `: ${printed}`}`,
  })
}

/** The error of a shell that ended before it was ready. */
export function refused(settings: FailedShell, end: ChannelEnd, printed: string): FoobarDeployError {
  const { host, user, password } = settings
  if (end.kind === 'lost') return end.error.with({ host })
  if (/password (has|is) expired|(change your|account or) password|password change required/i.test(printed)) {
    return new FoobarDeployError('unreachable', 'password-expired', 'A password on the host has expired', {
      host,
      detail: printed,
      hint: 'Log in with ssh in a terminal and set a new one, or run passwd as root on the host; `chage -l USER` shows the dates.',
    })
  }
  // A plan becomes another user without sudo; then it is id that does not know the user.
  const isUnknown = user !== undefined && /unknown user|no such user/i.test(printed)
  if (isUnknown || (user !== undefined && /sudo|password|not allowed|not in the sudoers/i.test(printed))) {
    return new FoobarDeployError('unreachable', 'become-refused', `The login user may not become ${user}`, {
      host,
      detail: isUnknown ? `there is no user ${user}` : printed,
      hint: isUnknown
        ? `Check the name in become; make the user ${user} in an earlier task, as root.`
        : sudoHint(printed, password !== undefined),
      ...(isUnknown ? { needs: [`user ${user}`] } : {}),
    })
  }
  return new FoobarDeployError('unreachable', 'shell-refused', 'The host started no shell', {
    host,
    ...definedOnly({
      detail: printed === '' ? `it ended with ${end.kind === 'exit' ? `status ${end.status}` : end.signal}` : printed,
    }),
    hint: 'The user needs a POSIX sh and a login shell that runs commands.',
  })
}

function sudoHint(printed: string, hasPassword: boolean): string {
  if (/must have a tty/i.test(printed)) {
    return 'sudo demands a terminal there: write `Defaults:USER !requiretty` to a file in /etc/sudoers.d, with visudo -f, or log in as root.'
  }
  if (/account (expired|validation)/i.test(printed)) {
    return 'The account is locked or has expired: `chage -l USER` and `passwd -S USER` on the host show which.'
  }
  return hasPassword
    ? 'Check becomePassword and the user’s rights: `sudo -l` on the host.'
    : 'Set becomePassword in the inventory, allow sudo without password, or set `become: false` in the play.'
}

/** The error of a shell that was not ready in time. */
export function notReady(
  { host, user, limits: { shellTimeoutMs } }: FailedShell,
  hasPassword: boolean,
  printed: string,
): FoobarDeployError {
  return new FoobarDeployError('unreachable', 'shell-timed-out', 'The shell on the host was not ready in time', {
    host,
    detail: [
      `after ${seconds(shellTimeoutMs)}${hasPassword ? `; sudo has the password for ${user} and has not gone on` : ''}`,
      ...(printed === '' ? [] : [`it printed: ${printed}`]),
    ].join('\n'),
    hint: hasPassword
      ? 'Does sudo ask for more there (a second factor), or does it wait for a directory (LDAP)? Allow more with shellTimeoutMs.'
      : 'Most likely a start-up file of the login shell (.bashrc, .profile, /etc/bash.bashrc) waits for something. Try `ssh HOST true`, or allow more with shellTimeoutMs.',
  })
}

/** The error of a shell whose output cannot be understood. */
export function notUnderstood(
  { host, limits: { readLimitBytes } }: FailedShell,
  failure: DecoderFailure,
): FoobarDeployError {
  if (failure.kind === 'too-long') {
    return new FoobarDeployError('task', 'output-too-long', 'Reading the host gave more than is kept', {
      host,
      detail: `more than ${readLimitBytes} bytes`,
      hint: 'Read less at a time, or allow more with readLimitBytes.',
    })
  }
  return new FoobarDeployError('unreachable', 'answer-not-understood', 'The host does not keep to the protocol', {
    host,
    detail: failure.detail,
    hint: 'Something between this machine and the shell changes what it prints: the start-up files of the login shell, a wrapper around it, or the host itself.',
  })
}

/** The error of a shell that was given up while it worked. */
export function givenUp({ host, limits }: FailedShell, end: WatchEnd): FoobarDeployError {
  switch (end.kind) {
    case 'overdue':
      return new FoobarDeployError('unreachable', 'answer-timed-out', 'The host did not answer in time', {
        host,
        detail: `nothing complete came within ${seconds(end.limitMs)}`,
        hint: 'Look what the shell does there (`ps -ef`): a file system or a daemon that does not answer? Allow more with readTimeoutMs.',
      })
    case 'silent':
      return new FoobarDeployError('unreachable', 'shell-silent', 'The host has fallen silent', {
        host,
        detail: `nothing came for ${seconds(end.silentMs)}, and the host starts no other session either`,
        hint: 'Is it out of memory or processes? Allow more with silenceTimeoutMs.',
      })
    case 'stopped':
      return stopped(
        host,
        end.processId,
        `has been stopped (SIGSTOP) for ${seconds(limits.silenceTimeoutMs)} or longer`,
      )
    case 'gone':
      return new FoobarDeployError('unreachable', 'shell-lost', 'The shell on the host is gone', {
        host,
        detail: 'its process is not there any more; something that it started keeps its channel open',
      })
  }
}

/** The error of a shell that was stopped; `how` says how it is known. */
export function stopped(host: string, processId: number, how: string): FoobarDeployError {
  return new FoobarDeployError('unreachable', 'shell-stopped', 'The shell on the host was stopped', {
    host,
    detail: `process ${processId} ${how}`,
    hint: `Let it go on with kill -CONT ${processId} on the host, or end it with kill -KILL; then run again.`,
  })
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}

/** The error of what a person ended, by Ctrl-C or otherwise. */
export function interrupted(host: string, signal: AbortSignal | undefined): FoobarDeployError {
  const reason: unknown = signal?.reason
  if (reason instanceof FoobarDeployError) return reason.with({ host })
  return new FoobarDeployError('interrupted', 'interrupted', 'The run was interrupted', { host })
}

/** The status of a lab in words: the lab, then a line for each host. */

import type { LabHostState, LabStatus } from '../../lab/index.ts'

const words: Readonly<Record<LabHostState, string>> = {
  off: 'off',
  on: 'on, but its sshd does not answer',
  answering: 'on',
}

/** The text, with a line break at its end. */
export function labStatusText({ name, state, suite, packages = [], hosts }: LabStatus): string {
  const made = suite === undefined ? '' : `: ${[suite, ...packages].join(', ')}`
  const off = hosts.filter((host) => host.state === 'off').map((host) => host.name)
  const lacking = state === 'up' && off.length > 0 ? `, but ${off.join(', ')} ${off.length > 1 ? 'are' : 'is'} off` : ''
  const widest = Math.max(0, ...hosts.map((host) => host.name.length))
  return [
    `Lab ${name} is ${state}${lacking}${made}`,
    ...hosts.map((host) => `  ${host.name.padEnd(widest)}  ${host.address.padEnd(15)}  ${words[host.state]}`),
    '',
  ].join('\n')
}

/** What the status of a lab reads like. */

import { expect, it } from 'vitest'
import { labStatusText } from '../../src/cli/lab/lab-status-text.ts'
import type { LabHostState, LabStatus } from '../../src/lab/index.ts'

const lab = (...states: LabHostState[]): LabStatus => ({
  name: 'dev',
  state: 'up',
  directory: '/lab/dev',
  suite: 'sid',
  packages: ['curl'],
  hosts: states.map((state, index) => ({ name: `web${index + 1}`, address: `198.51.100.1${index + 1}`, state })),
})

it.each<[string, LabStatus, string[]]>([
  ['up', lab('answering'), ['Lab dev is up: sid, curl', '  web1  198.51.100.11    on']],
  [
    'up with a host that is off',
    lab('answering', 'off'),
    ['Lab dev is up, but web2 is off: sid, curl', '  web1  198.51.100.11    on', '  web2  198.51.100.12    off'],
  ],
  [
    'up with hosts that are off or silent',
    lab('off', 'on', 'off'),
    [
      'Lab dev is up, but web1, web3 are off: sid, curl',
      '  web1  198.51.100.11    off',
      '  web2  198.51.100.12    on, but its sshd does not answer',
      '  web3  198.51.100.13    off',
    ],
  ],
  ['down', { name: 'dev', state: 'down', directory: '/lab/dev', hosts: [] }, ['Lab dev is down']],
  ['partial', { ...lab('off'), state: 'partial' }, ['Lab dev is partial: sid, curl', '  web1  198.51.100.11    off']],
])('%s', (_, status, lines) => {
  expect(labStatusText(status)).toBe(`${lines.join('\n')}\n`)
})

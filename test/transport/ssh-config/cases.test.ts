/** Configurations from public bug reports, each with what `ssh -G` says of it. */

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Destination, destinationOf } from '../../../src/transport/ssh-config/destination.ts'
import { readSshConfig } from '../../../src/transport/ssh-config/ssh-config.ts'

const environment = {
  home: '/home/me',
  user: 'me',
  uid: 1000,
  localHost: 'desk',
  variables: { XDG_RUNTIME_DIR: '/run/user/1000', SSH_AUTH_SOCK: '/run/agent' },
}

const cases: [file: string, expected: Partial<Destination>][] = [
  ['01-match-exec', { host: '198.51.100.12', user: 'inside', route: { kind: 'jump', hops: [{ host: 'gate' }] } }],
  ['05-boolean', { identitiesOnly: true, identityFiles: ['/home/me/.ssh/labkey'] }],
  ['06-time', { connectTimeoutMs: 30_000, keepaliveIntervalMs: 60_000 }],
  ['07-env-agent', { agentSocket: '/run/user/1000/agent.sock' }],
  ['10-known-k', { knownHostsFiles: ['/home/me/.ssh/known_hosts.d/db1'] }],
]

test.each(cases)('%s', (name, expected) => {
  const file = new URL(`./cases/${name}.conf`, import.meta.url)
  const texts = [{ text: readFileSync(file, 'utf8'), file: name }]
  const target = { name: 'db1', address: 'db1', settings: {} }
  const config = readSshConfig(texts, {
    host: 'db1',
    environment,
    include: () => [],
    run: (command) => command === 'true',
  })
  expect(destinationOf(target, config, environment)).toMatchObject(expected)
})

/** Hosts that cannot be reached, without a host: names, ports and listeners that lead nowhere. */

import type { Socket } from 'node:net'
import { test } from 'vitest'
import { folderWith } from '../cli/command.ts'
import { expectHostFailure, type HostFailure } from './host-failure.ts'
import { inventoryText, listen } from './project.ts'

interface Unreachable extends Omit<HostFailure, 'exitCode'> {
  readonly address?: string
  /** What listens on the port; by default nothing does. */
  readonly listener?: (socket: Socket) => void
  readonly settings?: string
}

const tasks = "file({ path: '/etc/a', content: '' })"

test.each<[string, Unreachable]>([
  [
    'a name that is not in DNS',
    {
      address: 'web1.invalid',
      code: 'name-not-resolved',
      says: [/root@web1\.invalid/],
      hint: /Check the address in the inventory/,
    },
  ],
  [
    'a port where nothing listens',
    { code: 'connection-refused', says: [/root@127\.0\.0\.1:\d+: .*ECONNREFUSED/], hint: /Is sshd running there/ },
  ],
  [
    'a server that hangs',
    {
      listener: () => {},
      settings: 'connectTimeoutMs: 400,',
      code: 'connect-timed-out',
      says: [/127\.0\.0\.1:\d+ gave no answer within 400 ms/],
      hint: /firewall, or allow more with connectTimeoutMs/,
    },
  ],
  [
    'a server that is none of SSH',
    {
      listener: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
      code: 'not-ssh',
      says: [/root@127\.0\.0\.1/],
      hint: /Check the port/,
    },
  ],
  [
    'a server that closes at once',
    { listener: (socket) => void socket.end(), code: 'closed-early', says: [/root@127/], hint: /MaxStartups/ },
  ],
  [
    'a server that resets the connection',
    {
      listener: (socket) => void socket.resetAndDestroy(),
      code: 'closed-early',
      says: [/root@127/],
      hint: /MaxStartups/,
    },
  ],
  [
    'a proxyCommand that fails',
    {
      settings: "proxyCommand: 'echo no way >&2; exit 3',",
      code: 'proxy-failed',
      says: [/no way/],
      hint: /./,
    },
  ],
  [
    'an ssh_config that is not there',
    { settings: "sshConfigFile: 'none',", code: 'ssh-config-invalid', says: [/none/], hint: /./ },
  ],
])('%s', { timeout: 30_000 }, async (_, given) => {
  const { address = '127.0.0.1', listener, settings = '', ...failure } = given
  const port = listener ? (await listen(listener)).port : 1
  const own = `user: 'root', port: ${port}, `
  const folder = await folderWith({ 'inventory/dev.ts': inventoryText({ tasks, host: settings }, address, own) })
  await expectHostFailure(folder, { ...failure, exitCode: 4 })
})

/** Whether systemd-networkd keeps the addresses: looked up and written by a real shell, below a folder in place of the root. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isKept, keep } from '../../../roles/keepalived/networkd.ts'

let root: string
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const asked = () => spawnSync('sh', ['-c', isKept('eth0', root)]).status === 0
const done = () => {
  execFileSync('sh', ['-ec', keep('eth0', root)])
  return readFileSync(join(root, 'etc/systemd/network/10-netplan-eth0.network.d/zz-foobar-keepalived.conf'), 'utf8')
}
const netplan = '/run/systemd/network/10-netplan-eth0.network'

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'networkd-'))
  write('/sys/class/net/eth0/ifindex', '2\n')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('is of no concern where networkd has not configured the interface', () => {
  expect(asked()).toBe(true)
  write('/run/systemd/netif/links/2', 'ADMIN_STATE=unmanaged\n')
  expect(asked()).toBe(true)
})

describe('of an interface that networkd has configured', () => {
  beforeEach(() => write('/run/systemd/netif/links/2', `ADMIN_STATE=configured\nNETWORK_FILE=${netplan}\n`))

  it.each([
    ['nothing', '[Network]\nDHCP=no\n', 'static'],
    ['that it keeps nothing', '[Network]\nKeepConfiguration=no\n', 'static'],
    ['that it keeps the lease', '[Network]\nKeepConfiguration=dynamic-on-stop\n', 'yes'],
  ])('whose file says %s, it becomes so once', (_what, text, value) => {
    write(netplan, text)
    expect(asked()).toBe(false)
    expect(done()).toMatch(new RegExp(`^\\[Network\\]\\nKeepConfiguration=${value}$`, 'm'))
    expect(asked()).toBe(true)
  })

  it.each(['static', 'yes', 'true'])('whose file says %s, nothing is to be done', (value) => {
    write(netplan, `[Network]\nKeepConfiguration = ${value}\n`)
    expect(asked()).toBe(true)
  })

  it('goes by the drop-ins too', () => {
    write(netplan, '[Network]\nKeepConfiguration=static\n')
    write('/etc/systemd/network/10-netplan-eth0.network.d/50-own.conf', '[Network]\nKeepConfiguration=no\n')
    expect(asked()).toBe(false)
    expect(done()).toContain('static')
    expect(asked()).toBe(true)
  })
})

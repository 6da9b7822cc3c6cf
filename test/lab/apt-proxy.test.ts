/** The packages' proxy listens on nothing but its unix socket. */

import { describe, expect, it } from 'vitest'
import { aptProxyConfiguration } from '../../src/lab/apt-proxy.ts'

describe('aptProxyConfiguration', () => {
  it('turns TCP off and names the socket', () => {
    const lines = aptProxyConfiguration('/cache/apt-proxy', '/cache/apt').split('\n')
    expect(lines).toContain('Port: -1')
    expect(lines).toContain('SocketPath: /cache/apt-proxy/run/socket')
    expect(lines).toContain('CacheDir: /cache/apt')
    expect(lines.filter((line) => line.startsWith('Proxy:'))).toEqual([])
  })
  it("goes by the machine's own proxy where there is one", () => {
    expect(aptProxyConfiguration('/p', '/c', 'http://proxy.example.org:3128')).toContain(
      '\nProxy: http://proxy.example.org:3128\n',
    )
  })
})

/** Probes of servers that the test runs on this machine. */

import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Probe, probeQuery } from '../../../src/resources/commands/probe.query.ts'
import { Secret } from '../../../src/shell/secret.ts'
import { counted, standIns } from '../stand-in.ts'

async function listen(server: Server, host: string, ipv6Only = false): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host, ipv6Only }, resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return (server.address() as AddressInfo).port
}

/** As the engine runs it, but so that servers of this process can answer meanwhile. */
async function look(probes: readonly Probe[], before = ''): Promise<string[]> {
  const shell = spawn('sh', ['-s'])
  shell.stdin.end(`${before}\n( ${probeQuery.script(probes)}\n) </dev/null\n`)
  const stdout = await shell.stdout.toArray()
  const output = { status: 0, stdout: Buffer.concat(stdout), stderr: Buffer.from('') }
  return probeQuery
    .parse(output, probes)
    .map((answer) => (answer.kind === 'no' ? answer.seen : answer.kind === 'blind' ? `lacks ${answer.lacking}` : 'yes'))
}

const port = (port: number, host = '127.0.0.1'): Probe => ({ kind: 'port', port, host })

describe('probe', () => {
  it('finds ports of this machine without a connection, all in one process', async () => {
    let connections = 0
    const count = () => createTcpServer(() => (connections += 1))
    const ports = [await listen(count(), '127.0.0.1'), await listen(count(), '0.0.0.0')]
    const { before, started } = counted('grep', 'bash', 'timeout')
    const probes = [...ports.map((one) => port(one)), ...ports.map((one) => port(one, 'localhost')), port(1)]
    expect(await look(probes, before)).toEqual(['yes', 'yes', 'yes', 'yes', 'nothing listens there'])
    expect(started()).toEqual(['grep'])
    expect(connections).toBe(0)
  })

  it('connects to what is not this machine', async () => {
    const open = await listen(createTcpServer(), '127.0.0.1')
    const nothing = { bash: 'exit 1', timeout: 'shift; exec "$@"' }
    expect(await look([port(open, '127.0.0.2'), port(1, '127.0.0.2')])).toEqual(['no connection', 'no connection'])
    expect(await look([port(await listen(createTcpServer(), '0.0.0.0'), '127.0.0.2')])).toEqual(['yes'])
    expect(await look([port(open, '127.0.0.2')], standIns(nothing).before)).toEqual(['no connection'])
  })

  it('compares status and text of an answer over HTTP, with curl and without', async () => {
    const server = createServer((request, response) => {
      response.statusCode = request.url === '/a?b=1' ? 200 : 503
      response.end('first\\n\n100% "ok"; it\'s \\c\nlast')
    })
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1')}`
    const http = (path: string, status: number, contains?: string): Probe => ({
      kind: 'http',
      url: url + path,
      status: [status],
      contains,
      headers: '',
    })
    const probes = [
      http('/a?b=1', 200),
      http('/a?b=1', 200, '100% "ok"; it\'s \\c'),
      http('/a?b=1', 200, 'missing'),
      http('/', 200),
      http('/', 503, 'last'),
    ]
    const expected = ['yes', 'yes', 'status 200 without the text', 'status 503', 'yes']
    expect(await look(probes)).toEqual(expected)
    const hidden = 'command() { case $2 in curl) return 1 ;; esac; }'
    expect(await look(probes, hidden)).toEqual(expected)
    expect(await look([{ ...http('', 200), url: 'https://127.0.0.1:1/' } as Probe], hidden)).toEqual(['lacks no curl'])
  })

  it('sends headers and takes one of several statuses, with curl and without', async () => {
    const server = createServer(({ headers }, response) => {
      response.statusCode = headers.host === 'www.example.org' && headers['x-key'] === 'a "b" \\c' ? 204 : 403
      response.end()
    })
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1')}/`
    const own = { kind: 'http', url, status: [200, 204] } as const
    const probes: Probe[] = [
      { ...own, headers: 'Host: www.example.org\nX-Key: a "b" \\c\n' },
      { ...own, headers: new Secret('headers', Buffer.from('X-Key: a "b" \\c\nhost: www.example.org\n')) },
      { ...own, headers: 'Host: www.example.org\n' },
    ]
    const expected = ['yes', 'yes', 'status 403']
    expect(await look(probes)).toEqual(expected)
    expect(await look(probes, 'command() { case $2 in curl) return 1 ;; esac; }')).toEqual(expected)
  })

  it('looks for paths, also links that lead nowhere', async () => {
    const path = (path: string, present: boolean): Probe => ({ kind: 'path', path, present })
    const probes = [
      path('/etc/passwd', true),
      path('/etc/passwd', false),
      path("/no 'such", true),
      path('/no such', false),
    ]
    expect(await look(probes)).toEqual(['yes', 'it is there', 'it is not there', 'yes'])
  })
})

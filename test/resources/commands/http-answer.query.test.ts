/** Addresses that are asked by the shell of this machine: what is answered, what is not, and nothing secret on an argument list. */

import { spawn } from 'node:child_process'
import { Secret } from 'foobar-deploy'
import { expect, it, onTestFinished } from 'vitest'
import { type HttpRequest, httpAnswerQuery } from '../../../src/resources/commands/http-answer.query.ts'
import { ask, runScript } from '../run-script.ts'
import { standIns } from '../stand-in.ts'

const program = `require('http').createServer((request, response) => {
  if (request.url === '/slow') return
  response.statusCode = request.url === '/none' ? 404 : 200
  response.end(request.url === '/none' ? 'nothing\\nhere' : 'header ' + request.headers['x-a'] + '\\n\\n')
}).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`

/** The address of a server in a process of its own, because a script of a test blocks this one. */
async function served(): Promise<string> {
  const server = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    server.kill()
  })
  const port = await new Promise<string>((resolve) => server.stdout.once('data', (chunk) => resolve(`${chunk}`.trim())))
  return `http://127.0.0.1:${port}`
}

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  url,
  headers: '',
  timeoutMs: 5000,
  ...more,
})

it('tells each answer, and why there is none', async () => {
  const base = await served()
  const headers = new Secret('test', Buffer.from(`X-A: it's "odd" $HOME\n`))
  const answers = ask(httpAnswerQuery, [
    request(base, { headers, contains: `it's "odd" $HOME` }),
    request(base, { contains: '*' }),
    request(`${base}/none`),
    request(`${base}/slow`, { timeoutMs: 300 }),
    request('http://127.0.0.1:9/'),
  ])
  expect(answers).toEqual([
    { kind: 'answer', status: 200, contains: true, begin: `header it's "odd" $HOME` },
    { kind: 'answer', status: 200, contains: false, begin: 'header undefined' },
    { kind: 'answer', status: 404, contains: true, begin: 'nothing here' },
    { kind: 'none', reason: expect.stringMatching(/^curl: \(28\) .*timed out/) },
    { kind: 'none', reason: expect.stringMatching(/^curl: \(7\) Failed to connect/) },
  ])
})

it('keeps headers off the argument list', () => {
  const { before } = standIns({ curl: 'printf "%s|" "$@"; cat; printf "\\n200"' })
  const requests = [request('http://127.0.0.1/', { headers: new Secret('test', Buffer.from('X-A: hidden\n')) })]
  const [answer] = httpAnswerQuery.parse(runScript(httpAnswerQuery.script(requests), before), requests)
  expect(answer).toMatchObject({
    kind: 'answer',
    begin: expect.stringMatching(/^-sS\|-m\|5\|-H\|@-\|.*\|X-A: hidden$/),
  })
})

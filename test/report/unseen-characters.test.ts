/** What a host prints cannot change how a report reads: characters that cannot be seen, or that turn others round, are shown. */

import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/engine/events.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import { errorText } from '../../src/report/error-text.ts'
import { printable } from '../../src/report/format.ts'
import { jsonLinesReporter } from '../../src/report/json-lines.ts'
import { emptyLiveState, updateLiveState } from '../../src/report/live-state.ts'
import { makePaint } from '../../src/report/paint.ts'
import { plainReporter } from '../../src/report/plain.ts'

const bidirectional = [
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202b',
  '\u202c',
  '\u202d',
  '\u202e',
  '\u2066',
  '\u2067',
  '\u2068',
  '\u2069',
]
const invisible = ['\u00ad', '\u200b', '\u2060', '\ufeff', '\u2028', '\u2029', '\u3164', '\u{e0041}']

test.each([...bidirectional, ...invisible])('%j is shown by its number', (sign) => {
  const code = (sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  expect(printable(`a${sign}b`)).toBe(`a<U+${code}>b`)
})

test('controls of the terminal go, and words of every script stay', () => {
  expect(printable('\x1b[31mred\x1b[0m\x07\x08 \x1b]0;title\x07x\x9b1A')).not.toMatch(/(?!\n)\p{Cc}/u)
  for (const text of ['Größe', 'שלום', 'مرحبا', 'नमस्ते', 'क्‍ष', '日本語', '👩‍💻', 'a\tb\nc'])
    expect(printable(text)).toBe(text)
})

const task = { index: 0, title: 'command x', type: 'command', play: 'Web' }
const said = 'ok \u202egnp.exe\u2066\x1b[2J\x9b1A\n'
const error = new FoobarDeployError('task', 'command-failed', 'The command failed', {
  host: 'web1',
  detail: said,
  hint: said,
})
const events = [
  { type: 'run-started', mode: 'apply', runId: '1', playbook: 'site', hosts: ['web1'] },
  { type: 'task-started', host: 'web1', task },
  { type: 'task-output', host: 'web1', task, text: said },
  { type: 'notice', host: 'web1', text: said },
  { type: 'host-reconnected', host: 'web1', reason: said },
  {
    type: 'task-finished',
    host: 'web1',
    task,
    status: 'failed',
    changes: [{ key: 'mode', from: said, to: said }],
    diffs: [`+${said}`],
    error,
    durationMs: 1,
  },
  { type: 'host-failed', host: 'web1', error },
] as unknown as readonly RunEvent[]
const unseen = /[\u202e\u2066]|(?!\n)\p{Cc}/u

test('in every reporter', () => {
  let plain = ''
  const report = plainReporter((text) => (plain += text), {
    paint: makePaint(false),
    workingDirectory: '/',
    verbose: true,
    diff: true,
  } as never)
  let json = ''
  const reportJson = jsonLinesReporter(
    (text) => (json += text),
    () => 0,
  )
  const live = emptyLiveState()
  for (const event of events) {
    report(event)
    reportJson(event)
    updateLiveState(live, event, 0)
    const host = live.hosts.get('web1')
    expect(`${host?.output} ${host?.current?.title}`).not.toMatch(unseen)
  }
  expect(plain).not.toMatch(unseen)
  expect(plain).toContain('ok <U+202E>gnp.exe<U+2066>')
  expect(json).not.toMatch(unseen)
  expect(json).toContain('\\u202egnp.exe\\u2066')
  // A program reads what the host said.
  expect(json.split('\n').flatMap((line) => (line ? [JSON.parse(line).text] : []))).toContain(said)
  expect(errorText(error, makePaint(false), '/')).not.toMatch(unseen)
})

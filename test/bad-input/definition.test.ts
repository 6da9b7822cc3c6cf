/** Wrong command lines and definitions: each says what, where and what to do, as text and as data, and connects to nobody. */

import { relative } from 'node:path'
import { expect, test } from 'vitest'
import { formatLocation, type SourceLocation } from '../../src/errors.ts'
import { jsonLineSchema } from '../../src/report/json-schema.ts'
import { folderWith, foobarDeploy } from '../cli/command.ts'
import { definitionCases } from './definition-cases.ts'
import { inventoryText, listen } from './project.ts'

const unchanged = /Nothing was changed on any host/

test.each(Object.entries(definitionCases))('%s', { timeout: 30_000 }, async (_, given) => {
  const { parts = {}, files = {}, line = 'apply', code, says, at, hint = unchanged } = given
  const host = await listen()
  const inventory = inventoryText(parts, '127.0.0.1', `port: ${host.port},`)
  const folder = await folderWith({ 'inventory/dev.ts': inventory, ...files })
  const ended = await foobarDeploy([...line.split(' '), '--output', 'json'], { folder })

  expect(ended.stderr).toMatch(new RegExp(`^error\\[${code}\\]: `))
  for (const words of says) expect(ended.stderr).toMatch(words)
  if (at === undefined) expect(ended.stderr).not.toMatch(/^ {2}at /m)
  else expect(ended.stderr).toMatch(new RegExp(`^ {2}at ${at}(:\\d+)?$`, 'm'))
  expect(/^ {2}hint: (.*)$/m.exec(ended.stderr)?.[1]).toMatch(hint)
  expect(ended.code).toBe(1)
  expect(host.connections()).toBe(0)

  const { error } = jsonLineSchema.parse(JSON.parse(ended.stdout)) as never as { error: { at?: SourceLocation } }
  expect(error).toMatchObject({
    code,
    family: expect.stringMatching(/^(usage|definition)$/),
    hint: expect.stringMatching(hint),
  })
  expect(error.at && formatLocation({ ...error.at, file: relative(folder, error.at.file) })).toEqual(
    at === undefined ? undefined : expect.stringMatching(new RegExp(`^${at}(:|$)`)),
  )
})

test('what hangs on facts is refused once they are known, and a host that cannot be reached is told first', async () => {
  const host = await listen((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  const tasks = "file({ path: host.facts.hostname, content: '' })"
  const folder = await folderWith({ 'inventory/dev.ts': inventoryText({ tasks }, '127.0.0.1', `port: ${host.port},`) })
  const applied = await foobarDeploy(['apply'], { folder })
  expect(applied).toMatchObject({ code: 4, stderr: '' })
  expect(host.connections()).toBe(1)
  const checked = await foobarDeploy(['check'], { folder })
  expect(checked.stdout).toMatch(/problem: file at path: must be an absolute path\n {2}at inventory\/dev\.ts:5/)
  expect(checked.code).toBe(1)
})

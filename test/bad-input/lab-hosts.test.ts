/** A host of a lab that cannot be reached: every command names the lab command that helps. */

import { mkdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { labPaths } from '../../src/lab/lab-paths.ts'
import { folderWith, foobarDeploy, inventory } from '../cli/command.ts'

const lab = inventory.replace('  hosts: {', "  lab: { name: 'dev' },\n  hosts: {")

/** A folder with the inventory of a lab, and what a command there says of web1. */
async function labProject() {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', 'inventory/lab.ts': lab })
  const labs = join(folder, 'labs')
  return {
    socket: labPaths('dev', { labs, cache: labs }).socket('web1'),
    run: async (command: string, ...more: string[]) => {
      const { code, stdout, stderr } = await foobarDeploy([command, 'inventory/lab.ts', '--limit', 'web1', ...more], {
        folder,
        environment: { FOOBAR_DEPLOY_LAB_DIR: labs },
      })
      return { code, text: `${stdout}${stderr}` }
    },
  }
}

test.each([['facts'], ['status'], ['apply'], ['plan'], ['unlock'], ['run', '--', 'true']])(
  'a lab that is not up: %s',
  async (command, ...more) => {
    const { run } = await labProject()
    const { code, text } = await run(command, ...more)
    expect(code).toBe(4)
    expect(text).toContain('hint: Bring the lab up with `foobar-deploy lab up`')
  },
)

test.each<[string, (socket: Socket) => void]>([
  ['closed', (socket) => void socket.end()],
  ['cut', (socket) => void socket.destroy()],
])('a host that is off: the connection is %s', async (_, act) => {
  const { run, socket } = await labProject()
  mkdirSync(dirname(socket), { recursive: true })
  const server = createServer((relay) => act(relay.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  onTestFinished(() => void server.close())
  const { code, text } = await run('facts')
  expect(code).toBe(4)
  expect(text).toMatch(/^error\[closed-early\]/)
  expect(text).toContain('hint: If `foobar-deploy lab status` shows that the host is off, boot it with')
  expect(text).toContain('`foobar-deploy lab start web1`')
})

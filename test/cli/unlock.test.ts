/** `unlock` over SSH, for an inventory that names secrets: it shows who holds a lock and ends an idle run, without any key. */

import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startSshd } from '../transport/sshd.ts'
import { folderWith, foobarDeploy, startCommand } from './command.ts'

/** What root keeps on this machine is not the test's: each session sees a folder of its own in that place. */
function ownState(folder: string): string[] {
  if (userInfo().uid !== 0) return []
  for (const path of ['/run/foobar-deploy', '/var/lib/foobar-deploy', join(folder, 'run'), join(folder, 'lib')]) {
    mkdirSync(path, { recursive: true })
  }
  const bind = `mount --bind ${folder}/run /run/foobar-deploy && mount --bind ${folder}/lib /var/lib/foobar-deploy`
  return [`ForceCommand exec unshare -m --propagation private sh -c '${bind} && exec sh -c "$SSH_ORIGINAL_COMMAND"'`]
}

/** An inventory with a secret and a host at `port`, and a task that waits for the file `go`. */
const inventoryText = (folder: string, settings: object) => `
import { command, defineInventory, definePlaybook, file, secret, secretSchema, z } from 'foobar-deploy'

const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  variables: z.strictObject({ password: secretSchema() }),
  plays: ({ vars }) => [{
    name: 'Web',
    hosts: 'web',
    tasks: () => [
      command({ run: 'touch ${folder}/begun; until [ -e ${folder}/go ]; do sleep 0.1; done', creates: '${folder}/ended' }),
      file({ path: '${folder}/password', content: vars.password }),
    ],
  }],
})
export default defineInventory({
  playbook: site,
  vars: { password: secret('app.password', { generate: 'password' }) },
  hosts: { web1: ${JSON.stringify({ address: '127.0.0.1', ...settings })} },
  groups: { web: ['web1'] },
})
`

test('unlock shows the run that holds the lock, and ends it once it is idle', async () => {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }' })
  const sshd = await startSshd(ownState(folder))
  onTestFinished(() => sshd.stop())
  mkdirSync(join(folder, 'inventory'))
  writeFileSync(join(folder, 'inventory/dev.ts'), inventoryText(folder, sshd.target().settings))
  const surroundings = { folder, environment: { XDG_CONFIG_HOME: join(folder, 'config') }, hasTerminal: false }
  const unlock = async (...more: string[]) => {
    const { code, stdout, stderr } = await foobarDeploy(['unlock', ...more], surroundings)
    return { code, text: `${stdout}${stderr}` }
  }

  const run = startCommand(['apply', '--allow-unsupported-system'], surroundings)
  onTestFinished(() => run.kill('SIGKILL'))
  const begun = expect
    .poll(() => existsSync(join(folder, 'begun')))
    .toBe(true)
    .then(() => 'begun')
  expect(await Promise.race([begun, run.ended])).toBe('begun')
  // The controller hangs, and the key of the secrets is not on the machine on which somebody unlocks.
  run.kill('SIGSTOP')
  rmSync(join(folder, 'config'), { recursive: true })

  const atWork = await unlock()
  expect(atWork.code).toBe(0)
  expect(atWork.text).toMatch(
    /^web1: held by .*; its shell \(process \d+\) is at work: process \d+ \(\w+\) on the host;/,
  )
  writeFileSync(join(folder, 'go'), '')
  await expect.poll(async () => (await unlock()).text).toMatch(/^web1: held by .*; its shell .* has nothing to do;/)
  expect((await unlock()).text).toContain('Nothing was ended: there is no terminal to ask on.')
  const ended = await unlock('--yes')
  expect(ended.code).toBe(0)
  expect(ended.text).toMatch(/\nweb1: the lock is free\n$/)
  expect((await unlock()).text).toBe('web1: the lock is free\n')
  expect(existsSync(join(folder, 'password'))).toBe(false)
})

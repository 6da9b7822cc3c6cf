/** `do` as a person types it: operations and their options come from the inventory. */

import { expect, test } from 'vitest'
import { folderWith, foobarDeploy } from './command.ts'

const inventory = `import { command, defineInventory, defineOperation, definePlaybook, defineRole, z } from 'foobar-deploy'

const flush = defineOperation({
  summary: 'Deliver everything that waits in the queue',
  args: z.strictObject({
    maxCount: z.int().default(1000).describe('How many messages at most'),
    mode: z.enum(['fast', 'slow']).optional().describe('How it is done'),
  }),
  confirm: () => ({ warning: 'It sends mail', word: 'mail' }),
  plays: [
    { name: 'Flush', tasks: ({ args }) => [command({ title: 'flush', run: \`echo \${args.maxCount}\`, delegateTo: 'controller', always: true })] },
  ],
})
const mailer = defineRole({ name: 'mailer', operations: { flush }, tasks: () => [] })

export default defineInventory({
  playbook: definePlaybook({
    name: 'post',
    groups: ['mail'],
    plays: () => [{ name: 'Mail', hosts: 'mail', become: false, roles: [mailer()] }],
  }),
  hosts: { away: { address: '127.0.0.1', port: 1, sshConfigFile: false } },
  groups: { mail: ['away'] },
})
`
const deploy = async (...args: string[]) => {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', 'inventory/dev.ts': inventory })
  return foobarDeploy(args, { folder })
}

test('help lists the operations of the inventory, and of one its arguments', async () => {
  expect((await deploy('do', '--help')).stdout).toMatch(
    /Operations:\n {2}mailer flush {2}Deliver everything that waits/,
  )
  const { stdout } = await deploy('do', 'mailer', 'flush', '--help')
  expect(stdout).toMatch(/Arguments:\n +--max-count +How many messages at most *\n? +\[number\] \[default: 1000\]/)
  expect(stdout).toMatch(/--mode +How it is done +\[string\] \[choices: "fast", "slow"\]/)
  expect(stdout).toContain('mailer flush: Deliver everything that waits in the queue.')
})

test('help is there without an inventory that loads', async () => {
  const { code, stdout } = await foobarDeploy(['do', '--help'], { folder: await folderWith({}) })
  expect(code).toBe(0)
  expect(stdout).toMatch(/The operations are not known, because the inventory does not load: /)
})

test('list and completion know them', async () => {
  expect((await deploy('list')).stdout).toMatch(/operations\n {2}do mailer flush {2}Deliver .* away/)
  expect((await deploy('--get-yargs-completions', 'foobar-deploy', 'do', '')).stdout).toBe('mailer\n')
  expect((await deploy('--get-yargs-completions', 'foobar-deploy', 'do', 'mailer', '')).stdout).toBe('flush\n')
})

test.each([
  [['do'], 1, /error\[operation-missing\].*\n.*mailer/],
  [['do', 'mailer', 'flsh'], 1, /error\[unknown-operation\]: .*flsh\n.*Did you mean flush\?/],
  [['do', 'mailer', 'flush', '--max-cont', '3'], 1, /error\[unknown-argument\].*max-cont/],
  [['do', 'mailer', 'flush', '--max-count', 'many'], 1, /error\[invalid-arguments\].*maxCount/],
  [['do', 'mailer', 'flush', '--mode', 'odd'], 1, /error\[invalid-usage\].*mode/],
  [['do', 'mailer', 'flush', '--out', 'x.plan'], 1, /error\[out-without-plan\]/],
  [['do', 'mailer', 'flush'], 4, /error\[operation-incomplete\].*\n {2}away: The host refused the connection/],
])('%j ends with %i and says why', async (args, code, text) => {
  const ended = await deploy(...args)
  expect(ended.code).toBe(code)
  expect(ended.stderr).toMatch(text)
})

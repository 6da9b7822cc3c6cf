/** Plan files, --failed, questions and exit codes as a user meets them: the command itself, on real hosts. */

import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { labPowerOff } from '../../src/lab/index.ts'
import { planFileSchema } from '../../src/report/plan-file-schema.ts'
import { labFor } from '../engine/on-lab.ts'
import { folderWith, foobarDeploy } from './command.ts'

const lab = labFor('test-plan-files')
const canary = 'canary-7f3q'

const inventory = (
  tasks: string,
) => `import { command, defineInventory, definePlaybook, file, Secret } from 'foobar-deploy'
const playbook = definePlaybook({ name: 'site', groups: ['web'], plays: () => [{ name: 'Web', hosts: 'web', tasks: ({ host }) => [
${tasks}
] }] })
export default defineInventory({
  playbook,
  hosts: { web1: { address: '198.51.100.11' }, web2: { address: '198.51.100.12' } },
  groups: { web: ['web1', 'web2'] },
  defaults: { connectTimeoutMs: 5000 },
  lab: { name: 'test-plan-files' },
})
`
const usual = (content: string) => `  file({ title: 'motd', path: '/srv/motd', content: '${content}\\n' }),
  file({ title: 'secret', path: '/srv/secret', content: new Secret('token', '${canary}') }),
  command({ title: 'make it', run: 'mkdir /srv/made', creates: '/srv/made' }),
  file({ title: 'inside', path: '/srv/made/f', content: 'x' }),`

let folder: string
let plan: string
const write = (tasks: string) => writeFileSync(join(folder, 'inventory/dev.ts'), inventory(tasks))
const deploy = (...args: string[]) =>
  foobarDeploy(args, { folder, environment: { XDG_STATE_HOME: join(folder, 'state') }, hasTerminal: false })
const onBoth = (command: string) => Promise.all((['web1', 'web2'] as const).map((host) => lab.ssh(host, command)))

beforeEach(async () => {
  folder = await folderWith({ 'inventory/dev.ts': inventory(usual('hello')) })
  plan = join(folder, 'prod.plan')
  await onBoth('rm -rf /srv/*')
})

describe('a plan file', () => {
  it('is carried out as it was planned, and is stale after that', async () => {
    const planned = await deploy('plan', '--out', 'prod.plan', '--limit', 'web')
    expect(planned).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nplan: written to prod\.plan: 8 tasks on 2 hosts\n$/),
    })
    expect(statSync(plan).mode & 0o777).toBe(0o600)
    const text = readFileSync(plan, 'utf8')
    expect(text).not.toContain(canary)
    const { hosts, ...head } = planFileSchema.parse(JSON.parse(text))
    expect(head).toMatchObject({ inventory: 'inventory/dev.ts', limit: ['web'] })
    expect(hosts.web2?.map(({ title, status }) => `${status} ${title}`)).toEqual([
      'changed motd',
      'changed secret',
      'changed make it',
      'unknown inside',
    ])
    expect((await onBoth('ls /srv')).join('')).toBe('')

    const applied = await deploy('apply', 'prod.plan', '--diff')
    expect(applied).toMatchObject({ code: 0, stderr: '' })
    expect(applied.stdout).toContain('+hello')
    expect(applied.stdout).toContain('apply: 8 tasks changed on 2 of 2 hosts')
    expect(await onBoth('cat /srv/motd /srv/made/f')).toEqual(['hello\nx', 'hello\nx'])

    const again = await deploy('apply', 'prod.plan')
    expect(again.code).toBe(1)
    expect(again.stderr).toMatch(/^error\[plan-stale\]: The plan is stale; nothing was changed:\n {2}web1: motd: /)
  })

  it('is refused when a host was changed by hand; no host is touched', async () => {
    await deploy('plan', '--out', 'prod.plan')
    await lab.ssh('web2', 'echo by hand >/srv/motd')
    const { code, stdout, stderr } = await deploy('apply', 'prod.plan')
    expect(code).toBe(1)
    expect(stderr).toBe(`error[plan-stale]: The plan is stale; nothing was changed:
  web2: motd: the host has changed since the plan
  hint: Make a new plan and review it.
`)
    expect(stdout).not.toContain('changed')
    expect(await onBoth('ls /srv; cat /srv/motd 2>/dev/null || true')).toEqual(['', 'motd\nby hand'])
  })

  it('is refused when the inventory wants something else; as JSON too', async () => {
    await deploy('plan', '--out', 'prod.plan')
    write(usual('hello, world'))
    const { code, stdout } = await deploy('apply', 'prod.plan', '--output', 'json')
    expect(code).toBe(1)
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { error: { code: string; detail: string } }
    expect(last.error.code).toBe('plan-stale')
    expect(last.error.detail.trim().split(/\n\s*/)).toEqual(
      ['web1', 'web2'].map((host) => `${host}: motd: the desired state has changed since the plan`),
    )
    expect((await onBoth('ls /srv')).join('')).toBe('')
  })

  it('cannot be carried out in part', async () => {
    await deploy('plan', '--out', 'prod.plan')
    const { code, stderr } = await deploy('apply', 'prod.plan', '--limit', 'web1', '--tags', 'x')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error\[plan-is-whole\]: .*: --limit, --tags\n/)
  })

  it('tells where it is as JSON, and keeps nothing of a plan that failed', async () => {
    const fine = await deploy('plan', '--out', 'prod.plan', '--output', 'json', '--limit', 'web1')
    expect(JSON.parse(fine.stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'plan-written',
      file: 'prod.plan',
      hosts: 1,
      tasks: 4,
    })
    write("  file({ path: '/srv/none/f', content: 'x' }),")
    const failed = await deploy('plan', '--out', 'prod.plan')
    expect(failed).toMatchObject({ code: 2, stderr: expect.stringContaining('prod.plan was not written') })
    expect(existsSync(plan)).toBe(false)
  })
})

it('--detailed-exitcode: 2 where something would change, 0 where nothing would, 1 where anything failed', async () => {
  const detailed = () => deploy('plan', '--detailed-exitcode', '--limit', 'web1').then(({ code }) => code)
  expect(await detailed()).toBe(2)
  expect((await deploy('apply', '--limit', 'web1')).code).toBe(0)
  expect(await detailed()).toBe(0)
  write("  file({ path: '/srv/none/f', content: 'x' }),")
  expect(await detailed()).toBe(1)
})

it('--failed repeats on the hosts that did not come through, until all have', async () => {
  write(
    "  command({ title: 'only where allowed', run: 'touch /srv/done', creates: '/srv/done' }),\n  host.name === 'web2' && command({ title: 'breaks', run: 'test -e /srv/mended', always: true }),",
  )
  expect((await deploy('apply', '--failed')).stderr).toMatch(/^error\[no-last-apply\]: /)
  expect((await deploy('apply')).code).toBe(2)
  const plan = await deploy('plan', '--failed')
  expect(plan.stdout).toMatch(/^plan site: web2\n/)
  await lab.ssh('web2', 'touch /srv/mended')
  const repeated = await deploy('apply', '--failed', '--start-at', 'break')
  expect(repeated).toMatchObject({ code: 0, stdout: expect.stringMatching(/^apply site: web2\n/) })
  expect(repeated.stdout).not.toContain('only where allowed')
  const fine = await deploy('apply', '--failed')
  expect(fine).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error\[nothing-failed\]: .*applied at 20/) })
})

it('a question without a terminal is refused with what to do, and --yes answers it; a task can be done here', async () => {
  const here = join(folder, 'here')
  write(`  command({ title: 'asks', run: 'touch /srv/asked', creates: '/srv/asked', confirm: 'Touch production?' }),
  command({ title: 'here', run: 'touch ${here}', creates: '${here}', delegateTo: 'controller', runOnce: true }),`)
  const refused = await deploy('apply', '--limit', 'web1')
  expect(refused.code).toBe(1)
  expect(refused.stdout).toContain(
    'error[unanswered]: A task asks a question, but there is no terminal: Touch production?',
  )
  expect(refused.stdout).toContain('--yes')
  expect(await lab.ssh('web1', 'ls /srv')).toBe('')
  expect((await deploy('apply', '--yes')).code).toBe(0)
  expect(await onBoth('ls /srv')).toEqual(['asked', 'asked'])
  expect(existsSync(here)).toBe(true)
  // Nothing is due any more, so nothing is asked.
  expect((await deploy('apply')).code).toBe(0)
})

it('a plan whose host is gone is not carried out on the others', async () => {
  await deploy('plan', '--out', 'prod.plan')
  await labPowerOff('test-plan-files', 'web2')
  const { code, stderr } = await deploy('apply', 'prod.plan')
  expect(code).toBe(4)
  expect(stderr).toMatch(/^error\[plan-incomplete\]: Hosts of the plan are missing; nothing was changed:\n {2}web2: /)
  expect(await lab.ssh('web1', 'ls /srv')).toBe('')
})

/** Generated secrets and certificates from an empty project to a host: planned, made once, sent, told nowhere. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folderWith, foobarDeploy } from '../cli/command.ts'
import { labFor } from '../engine/on-lab.ts'

const name = 'test-generated'
const lab = labFor(name, [], { hosts: ['web1'] })
const inventory = `
import { certificate, defineInventory, definePlaybook, directory, file, secret, secretText, secretSchema, z } from 'foobar-deploy'

const site = definePlaybook({
  name: 'site', groups: ['web'],
  variables: z.strictObject({ password: secretSchema(), authority: secretSchema() }),
  plays: ({ vars: { password, authority } }) => [{ name: 'Web', hosts: 'web', tasks: ({ host }) => [
    directory({ path: '/etc/app' }),
    file({ path: '/etc/app/environment', content: secretText\`PASSWORD=\${password}\\n\` }),
    certificate({ path: '/etc/app/cert.pem', keyPath: '/etc/app/key.pem', authorityPath: '/etc/app/ca.pem', names: [host.name, host.address], authority }),
  ] }],
})
export default defineInventory({
  playbook: site,
  vars: {
    password: secret('app.password', { generate: 'password' }),
    authority: secret('tls.ca', { generate: 'certificate-authority', commonName: 'Lab CA' }),
  },
  hosts: { web1: { address: '198.51.100.11' } },
  groups: { web: ['web1'] },
  lab: { name: '${name}' },
})
`

it('are planned without being made, made once, and told nowhere', async () => {
  const folder = await folderWith({ 'package.json': '{ "type": "module" }', 'inventory/lab.ts': inventory })
  const environment = { HOME: join(folder, 'home'), XDG_CONFIG_HOME: '' }
  const told: string[] = []
  const run = async (line: string) => {
    const ended = await foobarDeploy(line.split(' '), { folder, environment, hasTerminal: false })
    told.push(ended.stdout, ended.stderr)
    return ended
  }
  const onHost = async (script: string) => (await lab.script('web1', script)).stdout
  const plan = await run('plan inventory/lab.ts --diff --output plain --out first.plan')
  expect(plan.code).toBe(0)
  expect(plan.stdout).toContain('apply will make app.password, tls.ca')
  expect(existsSync(join(folder, 'inventory/lab.secrets.json'))).toBe(false)

  const apply = await run('apply first.plan --diff --verbose --output plain')
  expect(apply.code).toBe(0)
  expect(await onHost('openssl verify -CAfile /etc/app/ca.pem -verify_ip 198.51.100.11 /etc/app/cert.pem')).toBe(
    '/etc/app/cert.pem: OK\n',
  )
  const again = await run('plan inventory/lab.ts --detailed-exitcode --output plain')
  expect(again.code).toBe(0)

  const password = (
    await foobarDeploy(['secrets', 'get', 'app.password', '--stdout', '--inventory', 'inventory/lab.ts'], {
      folder,
      environment,
    })
  ).stdout
  const authority = (
    await foobarDeploy(['secrets', 'get', 'tls.ca', '--stdout', '--inventory', 'inventory/lab.ts'], {
      folder,
      environment,
    })
  ).stdout
  expect(await onHost('cat /etc/app/environment')).toBe(`PASSWORD=${password}\n`)
  const values = [password, authority.split('\n')[1] ?? '', (await onHost('sed -n 2p /etc/app/key.pem')).trim()]
  for (const value of values) {
    expect(value.length).toBeGreaterThan(20)
    expect(told.join('')).not.toContain(value)
  }
  expect(await onHost(`grep -rlF '${values[1]}' /etc /run /tmp /var /root 2>/dev/null; echo nowhere`)).toBe('nowhere\n')

  await run('secrets rotate tls.ca --inventory inventory/lab.ts')
  const rotated = await run('plan inventory/lab.ts --detailed-exitcode --output plain --out rotated.plan')
  expect([rotated.code, rotated.stdout]).toEqual([2, expect.stringMatching(/authority.*Lab CA.*with another key/)])
  expect((await run('apply rotated.plan --output plain')).code).toBe(0)
  expect((await run('plan inventory/lab.ts --detailed-exitcode --output plain')).code).toBe(0)
})

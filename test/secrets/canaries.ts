/** Canaries: a value for each kind of secret, the project that uses them all, and how a leak is found. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityPath, ownRecipient } from '../../src/secrets/identities.ts'
import { secretsPath } from '../../src/secrets/secrets-file.ts'
import { newSecretsFile } from '../../src/secrets/unlock.ts'
import { withValue } from '../../src/secrets/vault.ts'
import { writeSecretsFile } from '../../src/secrets/write-secrets-file.ts'

const random = randomBytes(6).toString('hex')
const canary = (kind: string) => `canary-${kind}-${random}`
// What needs escaping somewhere: for the shell, JSON, URLs.
const odd = (kind: string) => `${canary(kind)} "q'u\\o%&/ö+`

/** The values by the names of the secrets. */
export const canaries = {
  file: odd('file'),
  several: `${odd('first')}\n  ${canary('second')}\n${canary('third')}\n`,
  template: odd('template'),
  unit: canary('unit'),
  hash: `$6$canary${random.slice(0, 10)}$${'abcdefghij'.repeat(9).slice(0, 86)}`,
  input: odd('input'),
  apt: canary('apt'),
  echoed: odd('echoed'),
  login: canary('login'),
  sudo: canary('sudo'),
  environment: canary('environment'),
  command: canary('command'),
}

type Kind = keyof typeof canaries

/** Where each may be on the host when all is done; the file of passwords keeps its predecessor. */
export const destinations: Readonly<Record<Kind, readonly string[]>> = {
  file: ['/etc/canary/file'],
  several: ['/etc/canary/several'],
  template: ['/etc/canary/template'],
  unit: ['/etc/systemd/system/canary.service'],
  hash: ['/etc/shadow', '/etc/shadow-'],
  input: ['/etc/canary/input'],
  apt: ['/etc/apt/auth.conf.d/canary.conf'],
  echoed: [],
  login: [],
  sudo: [],
  environment: ['/etc/canary/environment'],
  command: ['/etc/canary/command'],
}

/** What is no secret and is used in just the same way: who looks for canaries must find these. */
export const controls = {
  argument: `control-argument-${random}`,
  output: `control-output-${random}`,
  content: `control-content-${random}`,
}

/** The kinds whose value is in `text`, in one spelling or another. */
export function leaksIn(text: string): Kind[] {
  return (Object.keys(canaries) as Kind[]).filter((kind) =>
    spellings(canaries[kind]).some((word) => text.includes(word)),
  )
}

/** The texts that the values are known by: their lines, and what programs make of them. */
export function spellings(value: string): string[] {
  const lines = value.split('\n').map((line) => line.trim())
  return [value.trim(), ...lines]
    .filter((line) => line !== '')
    .flatMap((line) => [
      line,
      // Its beginning alone would be a leak too.
      line.slice(0, -6),
      JSON.stringify(line).slice(1, -1),
      encodeURIComponent(line),
      Buffer.from(line).toString('base64').slice(2, -6),
      Buffer.from(` ${line}`).toString('base64').slice(4, -6),
      Buffer.from(`  ${line}`).toString('base64').slice(4, -6),
    ])
}

const secret = (name: Kind) => `secret('canary.${name}')`

/** The inventory's module; its tasks that fail have tags of their own. */
export function inventoryText(lab: string): string {
  const names = ['file', 'several', 'template', 'unit', 'hash', 'input', 'apt', 'echoed'] as const
  return `import { command, defineInventory, definePlaybook, directory, file, secret, secretFromCommand, secretFromEnvironment, secretText, secretSchema, systemdUnit, template, user, z } from 'foobar-deploy'

const site = definePlaybook({
  name: 'canaries',
  groups: ['web'],
  variables: z.strictObject({ ${[...names, 'environment', 'command'].map((name) => `${name}: secretSchema()`).join(', ')} }),
  plays: ({ vars }) => [{ name: 'Canaries', hosts: 'web', tasks: () => [
    directory({ path: '/etc/canary', mode: '0755' }),
    file({ path: '/etc/canary/control', content: '${controls.content}', mode: '0644' }),
    file({ path: '/etc/canary/file', content: vars.file, mode: '0600' }),
    file({ path: '/etc/canary/several', content: vars.several, mode: '0600' }),
    file({ path: '/etc/canary/environment', content: vars.environment, mode: '0600' }),
    file({ path: '/etc/canary/command', content: vars.command, mode: '0600' }),
    template({ path: '/etc/canary/template', from: './canary.ejs', with: { value: vars.template }, mode: '0600' }),
    systemdUnit({ name: 'canary.service', content: secretText\`[Service]\\nExecStart=/bin/true\\nEnvironment=CANARY=\${vars.unit}\\n\` }),
    user({ name: 'canary', password: vars.hash, system: true }),
    command({ run: 'umask 077; cat >/etc/canary/input', input: vars.input, creates: '/etc/canary/input' }),
    file({ path: '/etc/apt/auth.conf.d/canary.conf', content: secretText\`machine deb.example.com login app password \${vars.apt}\\n\`, mode: '0600' }),
    command({ title: 'echoes', run: 'x=$(cat); printf "%s\\n" "$x" "$x" >&2; printf %s "$x" | base64; echo "user:$x" | base64 -w 0; set -x; : "$x"', input: vars.echoed, always: true, tags: ['act'] }),
    command({ title: 'control', run: 'echo ${controls.output}; sleep 0.05; : ${controls.argument}', always: true, tags: ['act'] }),
    command({ title: 'fails', run: 'cat >&2; exit 3', input: vars.echoed, always: true, tags: ['never', 'fail-input'] }),
    file({ path: '/etc/canary/bad', content: vars.file, validate: 'cat %s /nonexistent', tags: ['never', 'fail-file'] }),
    template({ path: '/etc/canary/bad', from: './canary.ejs', with: { value: vars.several }, validate: 'sed s/x/x/ %s /nonexistent', tags: ['never', 'fail-template'] }),
    systemdUnit({ name: 'bad.service', content: secretText\`[Service]\\nExecStart=/bin/true\\nNoSuchOption=\${vars.unit}\\n\`, tags: ['never', 'fail-unit'] }),
  ] }],
})
export default defineInventory({
  playbook: site,
  vars: { ${names.map((name) => `${name}: ${secret(name)}`).join(', ')}, environment: secretFromEnvironment('CANARY'), command: secretFromCommand(['cat', '.store']) },
  hosts: { web1: { address: '198.51.100.11', user: 'asker', password: ${secret('login')}, becomePassword: ${secret('sudo')} } },
  groups: { web: ['web1'] },
  lab: { name: '${lab}' },
})
`
}

/** Writes the project into `folder`; its environment. */
export async function writeProject(folder: string, lab: string): Promise<Record<string, string>> {
  const surroundings = { environment: {}, home: join(folder, 'home'), ask: async () => '' }
  const { recipient } = await ownRecipient(surroundings)
  let { file: secrets, key } = await newSecretsFile({ tester: recipient }, undefined)
  for (const [kind, value] of Object.entries(canaries)) {
    if (kind === 'environment' || kind === 'command') continue
    secrets = await withValue({ file: secrets, key }, `canary.${kind}`, value)
  }
  mkdirSync(join(folder, 'inventory'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'inventory/lab.ts'), inventoryText(lab))
  writeFileSync(join(folder, 'inventory/canary.ejs'), 'value = <%= value %>\n')
  writeFileSync(join(folder, '.store'), `${canaries.command}\n`)
  writeSecretsFile(secretsPath(join(folder, 'inventory/lab.ts')), secrets, null)
  return { FOOBAR_DEPLOY_IDENTITY: identityPath(surroundings), CANARY: canaries.environment }
}

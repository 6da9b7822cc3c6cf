/** What the compiler must say of secrets: a plain string is none, and what is known of a secret is not its text. */

import {
  defineInventory,
  definePlaybook,
  defineRole,
  file,
  promptedSecret,
  type Secret,
  secret,
  secretFromCommand,
  secretFromEnvironment,
  secretSchema,
  secretText,
  z,
} from 'foobar-deploy'

const app = defineRole({
  name: 'app',
  variables: z.strictObject({ token: secretSchema() }),
  tasks: ({ vars }) => [file({ path: '/etc/app/token', content: secretText`token=${vars.token}\n`, mode: '0600' })],
})
const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  variables: z.strictObject({ password: secretSchema() }),
  plays: ({ vars }) => [{ name: 'Web', hosts: 'web', roles: [app({ token: vars.password })] }],
})
const rest = { playbook: site, groups: { web: ['web1'] } } as const

export const good: Secret<string>[] = [
  secret('mysql.app'),
  secretFromEnvironment('TOKEN'),
  secretFromCommand(['pass', 'show', 'mysql']),
  promptedSecret('Password for sudo'),
  secretText`mysql://app:${secret('mysql.app')}@db:${3306}`,
]

export const inventory = defineInventory({
  ...rest,
  vars: { password: secret('mysql.app') },
  hosts: { web1: { address: '192.168.56.11', becomePassword: promptedSecret('Password for sudo') } },
})

const hosts = { web1: { address: '192.168.56.11' } }
// @ts-expect-error Type 'string' is not assignable to type 'Secret<string>'
export const plainVariable = defineInventory({ ...rest, hosts, vars: { password: 'correct horse' } })

// @ts-expect-error Type 'string' is not assignable to type 'Secret<string>'
app({ token: 'correct horse' })

const vars = { password: secret('mysql.app') }
// @ts-expect-error Type 'string' is not assignable to type 'Secret<string>'
export const plainPassword = defineInventory({ ...rest, vars, hosts: { web1: { address: 'x', password: 'horse' } } })

// @ts-expect-error 'Secret<string>' is not assignable to parameter of type 'string'
secret(secret('mysql.app'))

// @ts-expect-error Argument of type 'string' is not assignable
secretFromCommand('pass show mysql')

// @ts-expect-error Source has 0 element(s) but target requires 1
secretFromCommand([])

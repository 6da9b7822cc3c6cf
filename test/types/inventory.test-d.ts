/** What the compiler must say of inventories: every variable, group and host is checked against the playbook. */

import { defineInventory, definePlaybook, Secret, z } from 'foobar-deploy'

const site = definePlaybook({
  name: 'site',
  groups: ['balancer', 'web'],
  variables: z.strictObject({
    domain: z.string(),
    port: z.int().default(80),
    mysql: z.strictObject({ password: z.instanceof(Secret) }),
  }),
  hostVariables: z.strictObject({ priority: z.int(), weight: z.int().optional() }),
  plays: ({ vars }) => [{ name: `Web for ${vars.domain}`, hosts: 'web' }],
})

const vars = { domain: 'www.foobar.com', mysql: { password: new Secret('mysql.app', 'correct horse') } }
const hosts = {
  web1: { address: '192.168.56.11', vars: { priority: 1 } },
  web2: { address: '192.168.56.12', vars: { priority: 2 } },
}
const groups = { balancer: ['web1'], web: ['web1', 'web2'] } as const

export const good = defineInventory({ playbook: site, vars, hosts, groups })

export const goodInFull = defineInventory({
  playbook: site,
  vars: { ...vars, port: 8080 },
  defaults: { user: 'vagrant', hostKeyChecking: 'accept-new' },
  hosts: {
    web1: { address: '192.168.56.11', user: 'root', vars: { priority: 1, weight: 2, port: 81 } },
    web2: { address: '192.168.56.12', vars: { priority: 2 } },
  },
  groups: { web: ['web1', 'web2'], balancer: ['web'] },
  groupVars: { web: { port: 82 } },
})

export const misspeltVariable = defineInventory({
  playbook: site,
  // @ts-expect-error 'domian' does not exist
  vars: { ...vars, domian: 'www.foobar.com' },
  hosts,
  groups,
})

export const misspeltInnerVariable = defineInventory({
  playbook: site,
  // @ts-expect-error 'pasword' does not exist
  vars: { domain: 'www.foobar.com', mysql: { pasword: new Secret('mysql.app', 'correct horse') } },
  hosts,
  groups,
})

export const missingVariable = defineInventory({
  playbook: site,
  // @ts-expect-error 'domain' is missing
  vars: { mysql: vars.mysql },
  hosts,
  groups,
})

// @ts-expect-error 'vars' is missing
export const missingVariables = defineInventory({ playbook: site, hosts, groups })

export const wrongType = defineInventory({
  playbook: site,
  // @ts-expect-error Type 'string' is not assignable to type 'number'
  vars: { ...vars, port: '8080' },
  hosts,
  groups,
})

export const plainStringForSecret = defineInventory({
  playbook: site,
  // @ts-expect-error Type 'string' is not assignable to type 'Secret
  vars: { ...vars, mysql: { password: 'correct horse' } },
  hosts,
  groups,
})

export const plainPassword = defineInventory({
  playbook: site,
  vars,
  hosts: {
    // @ts-expect-error Type 'string' is not assignable to type 'Secret
    web1: { address: '192.168.56.11', becomePassword: 'correct horse', vars: { priority: 1 } },
  },
  groups: { balancer: ['web1'], web: ['web1'] },
})

export const missingGroup = defineInventory({
  playbook: site,
  vars,
  hosts,
  // @ts-expect-error 'balancer' is missing
  groups: { web: ['web1', 'web2'] },
})

export const unknownGroup = defineInventory({
  playbook: site,
  vars,
  hosts,
  // @ts-expect-error 'wbe' does not exist
  groups: { balancer: ['web1'], web: ['web1'], wbe: ['web2'] },
})

export const memberThatIsNoHost = defineInventory({
  playbook: site,
  vars,
  hosts,
  // @ts-expect-error Type '"web3"' is not assignable to type '"balancer" | "web" | "web1" | "web2"'
  groups: { balancer: ['web3'], web: ['web1', 'web2'] },
})

export const wrongHostVariable = defineInventory({
  playbook: site,
  vars,
  hosts: {
    // @ts-expect-error Type 'string' is not assignable to type 'number'
    web1: { address: '192.168.56.11', vars: { priority: 'high' } },
  },
  groups: { balancer: ['web1'], web: ['web1'] },
})

export const misspeltHostVariable = defineInventory({
  playbook: site,
  vars,
  hosts: {
    // @ts-expect-error 'wieght' does not exist
    web1: { address: '192.168.56.11', vars: { priority: 1, wieght: 2 } },
  },
  groups: { balancer: ['web1'], web: ['web1'] },
})

export const missingHostVariable = defineInventory({
  playbook: site,
  vars,
  hosts: {
    // @ts-expect-error 'priority' is missing
    web1: { address: '192.168.56.11', vars: { weight: 1 } },
    // @ts-expect-error 'vars' is missing
    web2: { address: '192.168.56.12' },
  },
  groups: { balancer: ['web1'], web: ['web1'] },
})

export const misspeltSetting = defineInventory({
  playbook: site,
  vars,
  hosts: {
    // @ts-expect-error 'adress' does not exist
    web1: { adress: '192.168.56.11', vars: { priority: 1 } },
  },
  groups: { balancer: ['web1'], web: ['web1'] },
})

export const wrongSetting = defineInventory({
  playbook: site,
  vars,
  // @ts-expect-error Type '"never"' is not assignable to type '"accept-new" | "no" | "strict"
  defaults: { hostKeyChecking: 'never' },
  hosts,
  groups,
})

export const groupVariableOfNoGroup = defineInventory({
  playbook: site,
  vars,
  hosts,
  groups,
  // @ts-expect-error 'wbe' does not exist
  groupVars: { wbe: { port: 81 } },
})

export const misspeltGroupVariable = defineInventory({
  playbook: site,
  vars,
  hosts,
  groups,
  // @ts-expect-error 'prot' does not exist
  groupVars: { web: { prot: 81 } },
})

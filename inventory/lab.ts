/** Two throw-away local hosts: `foobar-deploy lab up`, then `foobar-deploy apply inventory/lab.ts`. */

import { defineInventory, secret } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

const both = ['web1', 'web2'] as const

export default defineInventory({
  playbook: site,
  vars: {
    domain: 'www.foobar.com',
    virtualAddress: '198.51.100.10',
    primary: 'web1',
    sshFrom: ['198.51.100.1'],
    // Made by the first apply, and kept encrypted beside this file.
    authority: secret('tls.authority', { generate: 'certificate-authority' }),
    passwords: {
      app: secret('mysql.app', { generate: 'password' }),
      replication: secret('mysql.replication', { generate: 'password' }),
    },
  },
  hosts: {
    web1: { address: '198.51.100.11' },
    web2: { address: '198.51.100.12' },
  },
  groups: { balancer: both, web: both, database: both, monitoring: both },
  lab: { name: 'dev', suite: 'sid' },
})

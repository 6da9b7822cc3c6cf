/** Two throw-away local hosts: `foobar-deploy lab up`, then `foobar-deploy apply inventory/lab.ts`. */

import { defineInventory } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

export default defineInventory({
  playbook: site,
  vars: { domain: 'www.foobar.com' },
  hosts: {
    web1: { address: '198.51.100.11' },
    web2: { address: '198.51.100.12' },
  },
  groups: { web: ['web1', 'web2'] },
  lab: { name: 'dev', suite: 'sid', packages: ['curl'] },
})

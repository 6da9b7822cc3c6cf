/** Two Vagrant machines: `vagrant up`, then `foobar-deploy apply inventory/dev.ts`. */

import { defineInventory, hostsFromVagrant } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

const { web1, web2 } = await hostsFromVagrant({ machines: ['web1', 'web2'] })

export default defineInventory({
  playbook: site,
  vars: { domain: 'www.foobar.com' },
  hosts: {
    // The addresses by which they reach each other; Vagrant knows the way to them from here.
    web1: { ...web1, address: '192.168.56.11' },
    web2: { ...web2, address: '192.168.56.12' },
  },
  groups: { web: ['web1', 'web2'] },
})

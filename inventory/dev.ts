/** Two Vagrant machines: `vagrant up`, then `foobar-deploy apply inventory/dev.ts`. */

import { env } from 'node:process'
import { defineInventory, FoobarDeployError, hostsFromVagrant, z } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

// The network that the Vagrantfile gives them.
const network = env.FOOBAR_DEPLOY_NETWORK ?? '192.168.56'
if (!z.ipv4().safeParse(`${network}.11`).success) {
  throw new FoobarDeployError('definition', 'network-invalid', 'FOOBAR_DEPLOY_NETWORK names no network', {
    detail: `'${network}' is not the first three numbers of an IPv4 address`,
    hint: 'For example: FOOBAR_DEPLOY_NETWORK=192.168.57',
  })
}

const { web1, web2 } = await hostsFromVagrant({ machines: ['web1', 'web2'] })

export default defineInventory({
  playbook: site,
  vars: { domain: 'www.foobar.com' },
  hosts: {
    // The addresses by which they reach each other; Vagrant knows the way to them from here.
    web1: { ...web1, address: `${network}.11` },
    web2: { ...web2, address: `${network}.12` },
  },
  groups: { web: ['web1', 'web2'] },
})

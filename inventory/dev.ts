/** Two Vagrant machines: `vagrant up`, then `foobar-deploy apply inventory/dev.ts`. */

import { env } from 'node:process'
import { defineInventory, FoobarDeployError, hostsFromVagrant, secret, z } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

// The network that the Vagrantfile gives them.
const network = env.FOOBAR_DEPLOY_NETWORK ?? '192.168.56'
if (!z.ipv4().safeParse(`${network}.11`).success) {
  throw new FoobarDeployError('definition', 'network-invalid', 'FOOBAR_DEPLOY_NETWORK names no network', {
    detail: `'${network}' is not the first three numbers of an IPv4 address`,
    hint: 'For example: FOOBAR_DEPLOY_NETWORK=192.168.57',
  })
}

const both = ['web1', 'web2'] as const
const { web1, web2 } = await hostsFromVagrant({ machines: ['web1', 'web2'] })

export default defineInventory({
  playbook: site,
  vars: {
    domain: 'www.foobar.com',
    virtualAddress: `${network}.10`,
    primary: 'web1',
    // You come from the private network, or through the network by which Vagrant reaches its machines.
    sshFrom: [`${network}.0/24`, '10.0.2.0/24', '192.168.121.0/24'],
    monitoringFrom: [`${network}.1`],
    // Made by the first apply, and kept encrypted beside this file.
    authority: secret('tls.authority', { generate: 'certificate-authority' }),
    passwords: {
      app: secret('mysql.app', { generate: 'password' }),
      replication: secret('mysql.replication', { generate: 'password' }),
    },
  },
  hosts: {
    // The addresses by which they reach each other; Vagrant knows the way to them from here.
    web1: { ...web1, address: `${network}.11` },
    web2: { ...web2, address: `${network}.12` },
  },
  groups: { balancer: both, web: both, database: both, monitoring: both },
})

/** Two servers of your own: copy this file, put in your addresses, and say `foobar-deploy apply inventory/production.ts`. */

import { defineInventory, secret } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

const both = ['web1', 'web2'] as const

export default defineInventory({
  playbook: site,
  vars: {
    domain: 'www.foobar.com',
    // An address of the servers' network that no machine has; where the provider routes addresses, let it route this one to both.
    virtualAddress: '192.0.2.10',
    primary: 'web1',
    // Your office, your bastion. If you come from elsewhere, the run refuses before it changes anything.
    sshFrom: ['203.0.113.0/24'],
    monitoringFrom: ['203.0.113.0/24'],
    // The certificate, those between it and the root, and its key, in one file:
    //   foobar-deploy secrets set tls.site --inventory inventory/production.ts <www.foobar.com.pem
    certificate: secret('tls.site'),
    hstsSeconds: 63_072_000,
    timezone: 'Europe/Berlin',
    admin: {
      name: 'anna',
      keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE1h0Un1vTTZ6T3Hx3W2g9n0kqS0dV5o1rYp4t7cL2bX anna'],
    },
    // Made by the first apply, and kept encrypted in inventory/production.secrets.json: commit that file.
    authority: secret('tls.authority', { generate: 'certificate-authority' }),
    passwords: {
      app: secret('mysql.app', { generate: 'password' }),
      replication: secret('mysql.replication', { generate: 'password' }),
    },
  },
  defaults: { user: 'ubuntu', identityFile: '~/.ssh/id_ed25519' },
  hosts: {
    web1: { address: '192.0.2.11' },
    web2: { address: '192.0.2.12' },
  },
  groups: { balancer: both, web: both, database: both, monitoring: both },
})

/** Two Vagrant machines: `vagrant up`, then `foobar-deploy apply inventory/dev.ts`. */

import { defineInventory } from 'foobar-deploy'
import { site } from '../playbooks/site.ts'

const key = (host: string) =>
  ['virtualbox', 'libvirt'].map((provider) => `.vagrant/machines/${host}/${provider}/private_key`)

export default defineInventory({
  playbook: site,
  vars: { domain: 'www.foobar.com' },
  defaults: { user: 'vagrant', hostKeyChecking: 'accept-new', knownHostsFile: '.vagrant/known_hosts' },
  hosts: {
    web1: { address: '192.168.56.11', identityFile: key('web1') },
    web2: { address: '192.168.56.12', identityFile: key('web2') },
  },
  groups: { web: ['web1', 'web2'] },
})

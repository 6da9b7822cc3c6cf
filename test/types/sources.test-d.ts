/** What the compiler must say of hosts from outside: the playbook's groups and variables are still known by name. */

import {
  defineFact,
  defineInventory,
  definePlaybook,
  hostsFromAnsible,
  hostsFromJson,
  hostsFromVagrant,
  sh,
  z,
} from 'foobar-deploy'

const site = definePlaybook({
  name: 'site',
  groups: ['web'],
  hostVariables: z.strictObject({ weight: z.int() }),
  plays: () => [],
})

const json = await hostsFromJson({ command: ['cloud-hosts'] })
const ansible = await hostsFromAnsible({ file: 'hosts.ini' }, ({ weight }) => ({ weight: Number(weight) }))
const bare = await hostsFromAnsible({ file: 'hosts.ini' })
const vagrant = await hostsFromVagrant({ machines: ['web1'] })

defineInventory({ playbook: site, hosts: json.hosts, groups: { web: json.group('web') } })
defineInventory({ playbook: site, hosts: ansible.hosts, groups: { web: ansible.group('webservers') } })
defineInventory({
  playbook: site,
  hosts: { web1: { ...vagrant.web1, address: '192.168.56.11', vars: { weight: 1 } } },
  groups: { web: ['web1'] },
})

defineInventory({
  playbook: site,
  hosts: json.hosts,
  // @ts-expect-error 'webs' does not exist in type
  groups: { webs: json.group('web') },
})

defineInventory({
  playbook: site,
  // @ts-expect-error Property 'weight' is missing
  hosts: bare.hosts,
  groups: { web: bare.group('web') },
})

// @ts-expect-error Property 'web2' does not exist
vagrant.web2.address

defineInventory({
  playbook: site,
  hosts: { web1: { ...vagrant.web1, vars: { weight: 1 } } },
  // @ts-expect-error Type '"web2"' is not assignable
  groups: { web: ['web2'] },
})

// @ts-expect-error 'url' does not exist in type
await hostsFromJson({ url: 'https://example.com/hosts.json' })

const disks = defineFact({ name: 'disks', script: sh`lsblk`, parse: (text) => text.split('\n'), assumed: [] })

definePlaybook({
  name: 'facts',
  groups: ['web'],
  facts: [disks],
  plays: () => [
    {
      name: 'Web',
      hosts: 'web',
      // @ts-expect-error Property 'lenght' does not exist
      tasks: ({ host, hosts }) => [disks.of(host).length > hosts().map((other) => disks.of(other)).lenght && undefined],
    },
  ],
})

// @ts-expect-error Type 'string' is not assignable to type 'number'
defineFact({ name: 'count', script: sh`nproc`, parse: Number, assumed: 'two' })

/** Which hosts are containers: their clock and most settings of their kernel belong to the machine around them. */

import type { Facts } from 'foobar-deploy'

const containers = new Set([
  'container-other',
  'docker',
  'lxc',
  'lxc-libvirt',
  'openvz',
  'podman',
  'proot',
  'rkt',
  'systemd-nspawn',
])

/** Whether a host is a container. */
export function isContainer({ virtualization }: Facts): boolean {
  return containers.has(virtualization)
}

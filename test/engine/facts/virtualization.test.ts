/** Virtualization: the signs of machines and what systemd-detect-virt calls them. */

import { expect, test } from 'vitest'
import { type VirtualizationSigns, virtualizationOf } from '../../../src/engine/facts/virtualization.ts'

const nothing: VirtualizationSigns = { container: '', firmware: ' ', clocks: '', detected: '', kernel: '6.12.0-amd64' }
const kvmClock = 'kvm-clock tsc acpi_pm'

const cases: readonly (readonly [string, Partial<VirtualizationSigns>, string])[] = [
  ['a server', { firmware: 'Dell Inc. PowerEdge R640', clocks: 'tsc hpet acpi_pm' }, 'none'],
  ['nspawn', { container: 'systemd-nspawn', clocks: kvmClock }, 'systemd-nspawn'],
  ['docker', { container: 'docker' }, 'docker'],
  ['KVM', { firmware: 'QEMU Standard PC (Q35 + ICH9, 2009)', clocks: kvmClock }, 'kvm'],
  ['QEMU that emulates', { firmware: 'QEMU Standard PC (Q35 + ICH9, 2009)', clocks: 'tsc hpet' }, 'qemu'],
  ['KVM without firmware tables', { clocks: kvmClock }, 'kvm'],
  ['VirtualBox', { firmware: 'innotek GmbH VirtualBox', clocks: 'kvm-clock tsc' }, 'oracle'],
  ['VMware', { firmware: 'VMware, Inc. VMware Virtual Platform' }, 'vmware'],
  ['Hyper-V', { firmware: 'Microsoft Corporation Virtual Machine' }, 'microsoft'],
  ['a laptop of the same vendor', { firmware: 'Microsoft Corporation Surface Laptop 5' }, 'none'],
  ['EC2', { firmware: 'Amazon EC2 t3.large', clocks: kvmClock }, 'amazon'],
  ['Google', { firmware: 'Google Google Compute Engine', clocks: kvmClock }, 'google'],
  ['a cloud of its own name on KVM', { firmware: 'Hetzner vServer', clocks: kvmClock }, 'kvm'],
  ['what had to be asked', { firmware: 'Unknown', detected: 'bhyve' }, 'bhyve'],
  ['WSL', { kernel: '5.15.167.4-microsoft-standard-WSL2' }, 'wsl'],
]

test.each(cases)('%s', (_name, signs, word) => {
  expect(virtualizationOf({ ...nothing, ...signs })).toBe(word)
})

/** The systems that the toolkit is made for. */

import { FoobarDeployError } from '../errors.ts'
import type { Facts } from './facts.ts'

/** The releases by the id and the version, or else the codename, that their `/etc/os-release` tells. */
export const supportedSystems = [
  { name: 'Debian 12 (bookworm)', id: 'debian', version: '12' },
  { name: 'Debian 13 (trixie)', id: 'debian', version: '13' },
  { name: 'Debian sid (forky)', id: 'debian', codename: 'forky' },
  { name: 'Ubuntu 22.04 (jammy)', id: 'ubuntu', version: '22.04' },
  { name: 'Ubuntu 24.04 (noble)', id: 'ubuntu', version: '24.04' },
  { name: 'Ubuntu 26.04 (resolute)', id: 'ubuntu', version: '26.04' },
] as const

type System = { readonly id: string; readonly version?: string; readonly codename?: string }

/** Whether a system is one of {@link supportedSystems}. */
export function isSupported(os: Facts['os']): boolean {
  return supportedSystems.some(
    ({ id, version, codename }: System) =>
      id === os.id && (version === undefined ? codename === os.codename : version === os.version),
  )
}

/** Throws where the toolkit is not made for the host's system, unless that is allowed. */
export function refuseUnsupported({ os }: Facts, isAllowed: boolean): void {
  if (isAllowed || isSupported(os)) return
  throw new FoobarDeployError('task', 'unsupported-system', 'The system of this host is not supported', {
    detail: os.name || [os.id, os.version].filter((word) => word !== '').join(' ') || 'it does not say what it is',
    hint: `Supported are ${supportedSystems.map(({ name }) => name).join(', ')}. Nothing was changed. To try anyway, use --allow-unsupported-system, or allowUnsupportedSystem: true for the host in the inventory.`,
  })
}

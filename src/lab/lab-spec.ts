/** What a lab consists of, and the checks that a lab must pass before anything is made. */

import { FoobarDeployError } from '../errors.ts'
import { type LabDeclaration, type LabSuite, labNamePattern, labSchema, packageNamePattern } from '../model/lab.ts'
import { labPaths } from './lab-paths.ts'

/** A host of a lab. */
export interface LabHost {
  readonly name: string
  /** An address in 198.51.100.0/24; .1 belongs to the lab itself. */
  readonly address: string
}

/** A lab: its name, the Debian release, the packages baked into its image, its hosts. */
export interface LabSpec {
  readonly name: string
  readonly suite: LabSuite
  readonly packages: readonly string[]
  readonly hosts: readonly LabHost[]
}

/** What of an inventory says how its lab looks. */
export interface LabInventory {
  readonly lab?: LabDeclaration | undefined
  readonly hosts: Readonly<Record<string, { readonly address: string }>>
}

/** The lab that stands in for an inventory's hosts. `name` replaces the declared name. */
export function labSpecFrom(inventory: LabInventory, name?: string): LabSpec {
  const declared = inventory.lab ?? labSchema.parse({})
  return {
    name: name ?? declared.name,
    suite: declared.suite,
    packages: declared.packages,
    hosts: Object.entries(inventory.hosts).map(([host, { address }]) => ({ name: host, address })),
  }
}

const hostNamePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/
const longestUnixSocketPath = 107

/** Throws unless `name` can name a lab. */
export function checkLabName(name: string): void {
  if (labNamePattern.test(name) && name.length <= 32) return
  throw new FoobarDeployError('environment', 'lab-name', 'Not a name for a lab', {
    detail: name,
    hint: 'Use kebab-case: a letter first, then letters, digits and single dashes, 32 characters at most.',
  })
}

/** Throws the first reason for which the lab cannot be made. */
export function checkLabSpec(spec: LabSpec): void {
  checkLabName(spec.name)
  if (spec.hosts.length === 0) {
    throw new FoobarDeployError('environment', 'lab-no-hosts', 'The lab has no hosts', { detail: spec.name })
  }
  for (const name of spec.packages) {
    if (packageNamePattern.test(name)) continue
    throw new FoobarDeployError('environment', 'lab-package', 'Not the name of a Debian package', { detail: name })
  }
  const byAddress = new Map<string, string>()
  const names = new Set<string>()
  for (const host of spec.hosts) {
    checkHost(spec, host)
    const other = byAddress.get(host.address)
    if (other !== undefined) {
      throw new FoobarDeployError('environment', 'lab-duplicate-address', 'Two hosts of the lab have one address', {
        detail: `${other} and ${host.name} have ${host.address}`,
      })
    }
    if (names.has(host.name)) {
      throw new FoobarDeployError('environment', 'lab-duplicate-host', 'Two hosts of the lab have one name', {
        detail: host.name,
      })
    }
    byAddress.set(host.address, host.name)
    names.add(host.name)
  }
}

function checkHost(spec: LabSpec, host: LabHost): void {
  if (!hostNamePattern.test(host.name) || host.name.length > 63) {
    throw new FoobarDeployError('environment', 'lab-host-name', 'Not a name for a host of a lab', {
      detail: host.name,
      hint: 'Use small letters, digits and dashes, 63 characters at most.',
      host: host.name,
    })
  }
  const last = /^198\.51\.100\.(0|[1-9]\d{0,2})$/.exec(host.address)?.[1]
  if (last === undefined || Number(last) < 2 || Number(last) > 254) {
    throw new FoobarDeployError('environment', 'lab-address', 'Not an address for a host of a lab', {
      detail: `${host.name} has ${host.address}`,
      hint: 'Hosts of a lab have addresses from 198.51.100.2 to 198.51.100.254.',
      host: host.name,
    })
  }
  const socket = labPaths(spec.name).socket(host.name)
  if (Buffer.byteLength(socket) > longestUnixSocketPath) {
    throw new FoobarDeployError('environment', 'lab-path', 'The path of the lab cannot be used', {
      detail: `${socket} is longer than the ${longestUnixSocketPath} bytes that a socket's path may have`,
      hint: 'Use shorter names, or a shorter FOOBAR_DEPLOY_LAB_DIR.',
    })
  }
}

/** The errors that several of the lab's functions share. */

import { FoobarDeployError } from '../errors.ts'
import type { LabSpec } from './lab-spec.ts'

/** The lab must be up and is not. */
export function labNotUp(name: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'lab-not-up', 'The lab is not up', {
    detail: name,
    hint: 'Bring it up with `foobar-deploy lab up`.',
  })
}

/** The lab is up, but was declared otherwise. */
export function labChanged(name: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'lab-changed', 'The lab is up from another declaration', {
    detail: name,
    hint: '`foobar-deploy lab reset` makes it anew as it is declared now.',
  })
}

/** The lab does not have the host. */
export function unknownHost(spec: LabSpec, hostName: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'lab-unknown-host', 'The lab has no such host', {
    detail: hostName,
    hint: `Lab ${spec.name} has: ${spec.hosts.map(({ name }) => name).join(', ')}.`,
  })
}

/** The host is off. */
export function hostOff(hostName: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'lab-host-off', 'The host of the lab is off', {
    detail: hostName,
    hint: `Boot it with \`foobar-deploy lab start ${hostName}\`.`,
  })
}

/** The disk is full, or too full for what is to come. */
export function diskFull(detail: string): FoobarDeployError {
  return new FoobarDeployError('environment', 'lab-disk-full', 'The disk has no room for the lab', {
    detail,
    hint: 'Make room, or set FOOBAR_DEPLOY_CACHE_DIR and FOOBAR_DEPLOY_LAB_DIR to directories on a larger disk.',
  })
}

/** What was thrown while a lab was made, with a full disk told as what it is. */
export function explainFailure(thrown: unknown): unknown {
  if (thrown instanceof FoobarDeployError) {
    return /no space left on device/i.test(thrown.detail ?? '') ? diskFull(thrown.detail ?? '') : thrown
  }
  const isFull = thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')
  return isFull ? diskFull(thrown.message) : thrown
}

/** Which HAProxy a host has, by its distribution. */

import type { Host } from 'foobar-deploy'

const ofDebian: Readonly<Record<string, string>> = { '12': '2.6', '13': '3.0' }
const ofUbuntu: Readonly<Record<string, string>> = { '22.04': '2.4', '24.04': '2.8', '26.04': '3.2' }
// A Debian to come has no version.
const newest = '3.2'

/** Whether the HAProxy of a host is of version `wanted` or later; `given` is what the role was told. */
export function isAtLeast(wanted: string, { facts: { os } }: Host, given: string | undefined): boolean {
  const version = given ?? (os.id === 'ubuntu' ? ofUbuntu : ofDebian)[os.version] ?? newest
  return numberOf(version) >= numberOf(wanted)
}

function numberOf(version: string): number {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return 1000 * major + minor
}

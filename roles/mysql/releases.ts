/** Which server a host gets: the flavor and version of its release, or what the variables say. */

import { FoobarDeployError, type Host } from 'foobar-deploy'
import type { MysqlVariables } from './variables.ts'

/** The two families of servers. */
export type Flavor = 'mysql' | 'mariadb'

/** A server, and where Debian keeps what belongs to it. */
export interface Release {
  readonly flavor: Flavor
  /** Major and minor: `8.4`. */
  readonly version: string
  readonly packages: readonly string[]
  /** The systemd unit, without `.service`. */
  readonly unit: string
  /** The folder of configuration files that are read last. */
  readonly folder: string
  /** The group of options that the server reads. */
  readonly section: string
  /** Judges the configuration below `/etc/mysql`, in the server’s own words. */
  readonly validate: string
}

// Of sid, which calls itself by the name of the next release.
const unreleased = [
  ['mysql', '9.7'],
  ['mariadb', '11.8'],
] as const

// By the code name of the release; the first is what the role takes there.
const known: Readonly<Record<string, readonly (readonly [Flavor, string])[]>> = {
  bookworm: [['mariadb', '10.11']],
  trixie: [['mariadb', '11.8']],
  forky: unreleased,
  sid: unreleased,
  jammy: [['mysql', '8.0']],
  noble: [
    ['mysql', '8.0'],
    ['mariadb', '10.11'],
  ],
  questing: [
    ['mysql', '8.4'],
    ['mariadb', '11.8'],
  ],
  resolute: [
    ['mysql', '8.4'],
    ['mariadb', '11.8'],
  ],
}

/** The server of a host. */
export function releaseOf(vars: MysqlVariables, host: Host): Release {
  const [flavor, version] = chosen(vars, host)
  return flavor === 'mysql'
    ? {
        flavor,
        version,
        packages: vars.packages ?? ['mysql-server'],
        unit: 'mysql',
        folder: '/etc/mysql/mysql.conf.d',
        section: 'mysqld',
        validate: 'mysqld --validate-config --user=mysql',
      }
    : {
        flavor,
        version,
        packages: vars.packages ?? ['mariadb-server'],
        unit: 'mariadb',
        folder: '/etc/mysql/mariadb.conf.d',
        section: 'mariadbd',
        // It reads all options before it shows them, and fails on the first that is wrong.
        validate: 'mariadbd --help --verbose >/dev/null',
      }
}

/** Whether a version such as `8.4` is that or a later one. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)
}

function chosen(vars: MysqlVariables, host: Host): readonly [Flavor, string] {
  // Facts are asked for where they matter alone: gathering them is a round trip.
  if (vars.flavor && vars.version) return [vars.flavor, vars.version]
  const { codename, name } = host.facts.os
  const choices = known[codename] ?? []
  const found = choices.find(([flavor]) => vars.flavor === undefined || vars.flavor === flavor)
  if (found) return [found[0], vars.version ?? found[1]]
  throw new FoobarDeployError('definition', 'mysql-release-unknown', 'No database server is known for a host', {
    detail: `${host.name} has ${name}${vars.flavor ? `, which does not come with ${vars.flavor}` : ''}`,
    hint: 'Say flavor and version, and packages if they have other names; add the repository they come from before this role.',
  })
}

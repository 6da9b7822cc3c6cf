/** Asks systemd for units: one `systemctl show` for any number of them. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** What systemd says of a unit, in its own words; a property the unit's type does not have is empty. */
export interface Unit {
  /** The unit's own name, where it was asked for by an alias. */
  readonly id: string
  /** `loaded`, `not-found`, `masked`, `bad-setting`, `error`. */
  readonly load: string
  /** `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`. */
  readonly active: string
  /** `running`, `exited`, `dead`, `auto-restart`, `listening`, `waiting`. */
  readonly sub: string
  /** `enabled`, `disabled`, `static`, `indirect`, `masked`; empty where there is no unit file. */
  readonly unitFile: string
  /** The unit's files have changed since systemd read them. */
  readonly needsDaemonReload: boolean
  /** `simple`, `notify`, `oneshot`; empty for what is no service. */
  readonly serviceType: string
  readonly remainsAfterExit: boolean
  /** `success`, `exit-code`, `timeout`. */
  readonly result: string
  /** Anew each time the unit is started. */
  readonly invocation: string
}

const properties = {
  id: 'Id',
  load: 'LoadState',
  active: 'ActiveState',
  sub: 'SubState',
  unitFile: 'UnitFileState',
  needsDaemonReload: 'NeedDaemonReload',
  serviceType: 'Type',
  remainsAfterExit: 'RemainAfterExit',
  result: 'Result',
  invocation: 'InvocationID',
} as const satisfies Record<keyof Unit, string>

export const unitQuery: QueryKind<string, Unit | undefined> = {
  name: 'unit',
  key: (name) => name,
  script: (names) =>
    `LC_ALL=C systemctl show -p ${Object.values(properties).join(',')} -- ${names.map(quote).join(' ')}`,
  parse: ({ stdout }, names) => {
    const blocks = stdout.toString().trim().split(/\n\n+/)
    // Where systemd does not run, or refuses one of the names, there is not a block for each of them.
    return names.map((_name, index) => (blocks.length === names.length ? parseBlock(blocks[index] ?? '') : undefined))
  },
}

/** The unit of a full name, such as `nginx.service`; undefined where there is no systemd to ask. */
export const unit = defineQuery(unitQuery)

function parseBlock(block: string): Unit | undefined {
  const values = new Map(
    block.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
  if (!values.has(properties.load)) return undefined
  const text = (key: keyof Unit) => values.get(properties[key]) ?? ''
  return {
    id: text('id'),
    load: text('load'),
    active: text('active'),
    sub: text('sub'),
    unitFile: text('unitFile'),
    needsDaemonReload: text('needsDaemonReload') === 'yes',
    serviceType: text('serviceType'),
    remainsAfterExit: text('remainsAfterExit') === 'yes',
    result: text('result'),
    invocation: text('invocation'),
  }
}

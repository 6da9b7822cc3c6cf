/** Grants of a database user: as they are written, as a server shows them, and the statements between the two. */

import { z } from 'zod'
import type { Change } from '../../plan/change.ts'
import type { MysqlDialect } from './dialect.ts'
import { sqlName } from './text.ts'

/** By what they are on (`*.*`, `app.*`, `app.notes`, `PROCEDURE app.tidy`), the privileges, sorted. */
export type MysqlGrants = Readonly<Record<string, readonly string[]>>

const target = /^(?:(?:PROCEDURE|FUNCTION) )?(?:\*|[^\p{Cc}'"`./* ]+)\.(?:\*|[^\p{Cc}'"`./\\* ]+)$/u
const privilege = /^[A-Z][A-Z_ ]*(\([^()'"`\\]+\))?$/i

/** What a task may say of grants. */
export const grantsSchema = z.record(
  z.string().regex(target),
  z.array(z.string().regex(privilege, "must be a privilege: 'SELECT', 'SELECT (id, title)', 'ALL', 'GRANT OPTION'")),
  {
    error: ({ code }) =>
      code === 'invalid_key'
        ? "must be '*.*', 'app.*', 'app.table', 'PROCEDURE app.name' or 'FUNCTION app.name'"
        : undefined,
  },
)

/** What is written, in one form: upper case, one column each, the server's own names. */
export function wantedGrants(
  given: Readonly<Record<string, readonly string[]>>,
  { privilegeAliases }: Pick<MysqlDialect, 'privilegeAliases'>,
): MysqlGrants {
  const rows = Object.entries(given).map(([on, privileges]): [string, string[]] => {
    return [on, tidied(privileges.flatMap((one) => normal(one)).map((one) => privilegeAliases[one] ?? one))]
  })
  return Object.fromEntries(rows.filter(([, privileges]) => privileges.length > 0))
}

// Names stand in backticks; an account follows TO.
const name = '(?:\\*|`(?:[^`]|``)*`)'
const line = new RegExp(
  `^GRANT (?<list>.+) ON (?<on>(?:(?:TABLE|PROCEDURE|FUNCTION) )?${name}\\.${name}) TO (?<rest>.+)$`,
)

/**
 * What `SHOW GRANTS` tells. `all` are the privileges that there are: a server that lists every one of them means `ALL`. Roles
 * and proxies are not among the grants of this kind, and are left alone.
 */
export function shownGrants(lines: readonly string[], all: readonly string[]): MysqlGrants {
  const grants = new Map<string, string[]>()
  for (const text of lines) {
    const { list, on, rest = '' } = line.exec(text)?.groups ?? {}
    if (list === undefined || on === undefined) continue
    const key = on
      .replace(/^TABLE /, '')
      .replaceAll(/`((?:[^`]|``)*)`/g, (_all, inner: string) => inner.replaceAll('``', '`'))
    const privileges = splitList(list)
      .flatMap(normal)
      .filter((one) => one !== 'USAGE')
    const option = /\bWITH\b.*\bGRANT OPTION\b/.test(rest) ? ['GRANT OPTION'] : []
    grants.set(key, [...(grants.get(key) ?? []), ...privileges, ...option])
  }
  const rows = [...grants].map(([on, privileges]): [string, string[]] => {
    return [on, tidied(on === '*.*' ? summed(privileges, all) : privileges)]
  })
  return Object.fromEntries(rows.filter(([, privileges]) => privileges.length > 0))
}

/** One change for each thing on which something else is granted. */
export function grantChanges(current: MysqlGrants, wanted: MysqlGrants): Change[] {
  const all = Object.keys({ ...current, ...wanted }).sort()
  return all.flatMap((on) => {
    const [from, to] = [current[on] ?? null, wanted[on] ?? null]
    return from?.join() === to?.join() ? [] : [{ key: `grants on ${on}`, from, to }]
  })
}

/** What takes away and gives so that `current` becomes `wanted`, for an account as SQL names it. */
export function grantStatements(account: string, current: MysqlGrants, wanted: MysqlGrants): string[] {
  const all = Object.keys({ ...current, ...wanted }).sort()
  const each = all.map((on) => {
    const [from, to] = [current[on] ?? [], wanted[on] ?? []]
    return {
      on: sqlTarget(on),
      less: from.filter((one) => !to.includes(one) && (one === grantOption || !to.includes('ALL'))),
      more: to.filter((one) => !from.includes(one)),
    }
  })
  return [
    ...each.flatMap(({ on, less }) => split(less).map((list) => `REVOKE ${list} ON ${on} FROM ${account}`)),
    ...each.flatMap(({ on, more }) =>
      split(more).map((list) =>
        list === grantOption
          ? `GRANT USAGE ON ${on} TO ${account} WITH ${list}`
          : `GRANT ${list} ON ${on} TO ${account}`,
      ),
    ),
  ]
}

const grantOption = 'GRANT OPTION'

// ALL stands alone in a statement, and so does the right to pass on.
function split(privileges: readonly string[]): string[] {
  const isAlone = (one: string) => one === 'ALL' || one === grantOption
  const alone = privileges.filter(isAlone)
  const others = privileges.filter((one) => !isAlone(one)).map(sqlPrivilege)
  return [...(others.length > 0 ? [others.join(', ')] : []), ...alone]
}

function sqlPrivilege(text: string): string {
  return text.replace(/\((.+)\)/, (_all, column: string) => `(${sqlName(column)})`)
}

function sqlTarget(on: string): string {
  const { kind = '', left = '', right = '' } = /^(?<kind>\w+ )?(?<left>[^.]+)\.(?<right>.+)$/.exec(on)?.groups ?? {}
  return `${kind}${[left, right].map((part) => (part === '*' ? part : sqlName(part))).join('.')}`
}

/** `SELECT (a, b)` is one privilege a column. */
function normal(given: string): string[] {
  const [, words = '', columns] = /^([^(]+)(?:\((.+)\))?$/.exec(given.trim()) ?? []
  const word = words.trim().replaceAll(/\s+/g, ' ').toUpperCase()
  if (columns === undefined) return [word === 'ALL PRIVILEGES' ? 'ALL' : word]
  return columns.split(',').map((column) => `${word} (${column.trim().replaceAll('`', '')})`)
}

function splitList(list: string): string[] {
  return list.split(/,(?![^(]*\))/)
}

function summed(privileges: readonly string[], all: readonly string[]): readonly string[] {
  const grantable = all.filter((one) => !['USAGE', 'PROXY', grantOption].includes(one))
  if (grantable.length === 0 || !grantable.every((one) => privileges.includes(one))) return privileges
  return privileges.includes(grantOption) ? ['ALL', grantOption] : ['ALL']
}

function tidied(privileges: readonly string[]): string[] {
  const unique = [...new Set(privileges)].sort()
  return unique.includes('ALL') ? unique.filter((one) => one === 'ALL' || one === grantOption) : unique
}

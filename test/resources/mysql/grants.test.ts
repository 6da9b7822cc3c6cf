/** Grants: what is written and what servers show, in one form, and the statements between the two. */

import { mysqlDialect } from 'foobar-deploy/mysql'
import { describe, expect, it } from 'vitest'
import { grantChanges, grantStatements, shownGrants, wantedGrants } from '../../../src/resources/mysql/grants.ts'

const mysql = mysqlDialect('9.7.4-2')

describe('shownGrants', () => {
  it.each<[line: string, grants: object]>([
    ['GRANT USAGE ON *.* TO `a`@`%`', {}],
    ['GRANT USAGE ON *.* TO `a`@`%` WITH GRANT OPTION', { '*.*': ['GRANT OPTION'] }],
    ['GRANT AUDIT_ADMIN,BACKUP_ADMIN ON *.* TO `a`@`%`', { '*.*': ['AUDIT_ADMIN', 'BACKUP_ADMIN'] }],
    ['GRANT ALL PRIVILEGES ON `my\\_app`.* TO `a`@`%`', { 'my\\_app.*': ['ALL'] }],
    ['GRANT SELECT, INSERT (`a`, `b`) ON `x`.`t` TO `a`@`%`', { 'x.t': ['INSERT (a)', 'INSERT (b)', 'SELECT'] }],
    ['GRANT EXECUTE ON FUNCTION `sys`.`f` TO `a`@`%`', { 'FUNCTION sys.f': ['EXECUTE'] }],
    [
      'GRANT SELECT ON `on`.`to` TO `on to`@`%` REQUIRE SSL WITH GRANT OPTION MAX_USER_CONNECTIONS 5',
      { 'on.to': ['GRANT OPTION', 'SELECT'] },
    ],
    ['GRANT `reader`@`%` TO `a`@`%`', {}],
    ["GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION", {}],
  ])('of %s', (line, grants) => {
    expect(shownGrants([line], [])).toEqual(grants)
  })

  it('says ALL where every privilege that there is was granted', () => {
    const all = ['SELECT', 'INSERT', 'GRANT OPTION', 'USAGE', 'PROXY', 'CLONE_ADMIN']
    const lines = ['GRANT SELECT, INSERT ON *.* TO `a`@`%`', 'GRANT CLONE_ADMIN ON *.* TO `a`@`%`']
    expect(shownGrants(lines, all)).toEqual({ '*.*': ['ALL'] })
    expect(shownGrants(lines.slice(1), all)).toEqual({ '*.*': ['CLONE_ADMIN'] })
  })
})

describe('grantStatements', () => {
  it.each<[what: string, from: Record<string, string[]>, to: Record<string, string[]>, statements: string[]]>([
    ['nothing', { 'a.*': ['SELECT'] }, { 'a.*': ['select'] }, []],
    ['more', {}, { 'a.*': ['SELECT', 'INSERT'] }, ['GRANT INSERT, SELECT ON `a`.* TO u']],
    ['less', { 'a.t': ['SELECT', 'UPDATE (x)'] }, { 'a.t': [] }, ['REVOKE SELECT, UPDATE (`x`) ON `a`.`t` FROM u']],
    ['all instead of some', { '*.*': ['SELECT'] }, { '*.*': ['ALL'] }, ['GRANT ALL ON *.* TO u']],
    [
      'some instead of all',
      { 'a.*': ['ALL'] },
      { 'a.*': ['SELECT'] },
      ['REVOKE ALL ON `a`.* FROM u', 'GRANT SELECT ON `a`.* TO u'],
    ],
    [
      'passing on',
      { 'a.*': ['ALL'] },
      { 'a.*': ['ALL', 'GRANT OPTION'] },
      ['GRANT USAGE ON `a`.* TO u WITH GRANT OPTION'],
    ],
    ['not passing on', { 'a.*': ['ALL', 'GRANT OPTION'] }, { 'a.*': ['ALL'] }, ['REVOKE GRANT OPTION ON `a`.* FROM u']],
    ['a routine', {}, { 'PROCEDURE a.p': ['EXECUTE'] }, ['GRANT EXECUTE ON PROCEDURE `a`.`p` TO u']],
  ])('make %s', (_what, from, to, statements) => {
    const [current, wanted] = [wantedGrants(from, mysql), wantedGrants(to, mysql)]
    expect(grantStatements('u', current, wanted)).toEqual(statements)
    expect(grantChanges(current, wanted).length > 0).toBe(statements.length > 0)
  })

  it('take the names that MariaDB shows', () => {
    const mariadb = mysqlDialect('11.8.6-MariaDB')
    expect(wantedGrants({ '*.*': ['REPLICATION CLIENT', 'REPLICA MONITOR'] }, mariadb)).toEqual({
      '*.*': ['BINLOG MONITOR', 'SLAVE MONITOR'],
    })
  })
})

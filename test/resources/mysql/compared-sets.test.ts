/** The SQL that finds transactions which a source does not know. Real servers run it in replica.lab.test.ts. */

import { describe, expect, it } from 'vitest'
import { compareWithSource } from '../../../src/resources/mysql/source.ts'
import { comparisonOf, executedAtSource } from './compared-sets.ts'

describe('the comparison with the source', () => {
  it('of MySQL is the server’s own', () => {
    expect(compareWithSource('mysql', 'x')).toContain(`GTID_SUBTRACT(@replica, ${executedAtSource.mysql})`)
  })

  it('of MariaDB compares numbers of the same domain and server alone, with all that the source has executed', () => {
    const statements = compareWithSource('mariadb', 'x').replaceAll(/\s+/g, ' ')
    expect(statements).toContain(`@source_list = CONCAT('["', REPLACE(${executedAtSource.mariadb}, ',', '","'), '"]')`)
    expect(statements).toContain("SUBSTRING_INDEX(gtid, '-', 2) AS origin")
    expect(statements).toContain('ON r.origin = s.origin')
    expect(statements).toContain("WHERE r.gtid <> '' AND (s.number IS NULL OR s.number < r.number)")
  })

  it.each(['mysql', 'mariadb'] as const)('of %s can be asked for given sets', (flavor) => {
    const statements = comparisonOf(flavor, 'a', 'b')
    expect(statements).toMatch(/^SET @replica = 'a'; SET @\w+ = /)
    expect(statements).toContain("'b'")
    expect(statements).not.toContain(executedAtSource[flavor])
  })
})

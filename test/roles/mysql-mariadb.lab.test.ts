/** The mysql role with MariaDB 11.8 on two real hosts. */

import { describe, expect, it } from 'vitest'
import { caseNamesOf, judgedOn } from './mysql/judged.ts'
import { mysqlPair } from './mysql/pair.ts'
import { describePair } from './mysql/pair-tests.ts'
import { mariadbPackages } from './stack-packages.ts'

const pair = mysqlPair('test-mysql-mariadb', mariadbPackages, 'trixie')

describe('the cases for MariaDB 11.8', () => {
  it.each(caseNamesOf('mariadb-11.8'))('%s is taken by the server and by systemd', async (name) => {
    expect(await judgedOn(pair, name)).toBe('')
  })
})

describePair(pair)

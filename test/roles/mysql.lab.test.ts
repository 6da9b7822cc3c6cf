/** The mysql role with MySQL 9.7 on two real hosts. */

import { describe, expect, it } from 'vitest'
import { caseNamesOf, judgedOn } from './mysql/judged.ts'
import { mysqlPair } from './mysql/pair.ts'
import { describePair } from './mysql/pair-tests.ts'
import { stackPackages } from './stack-packages.ts'

const pair = mysqlPair('test-mysql', stackPackages, 'sid')

describe('the cases for MySQL 9.7', () => {
  it.each(caseNamesOf('mysql-9.7'))('%s is taken by the server and by systemd', async (name) => {
    expect(await judgedOn(pair, name)).toBe('')
  })
})

describePair(pair)

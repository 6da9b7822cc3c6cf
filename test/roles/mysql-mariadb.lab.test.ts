/** The mysql role with MariaDB 11.8 on two real hosts, and the configuration for MariaDB 10.11 judged by it. */

import { describe, expect, it } from 'vitest'
import { labFor } from '../engine/on-lab.ts'
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

describe('the cases for MariaDB 10.11', () => {
  const bookworm = labFor('test-mysql-bookworm', mariadbPackages, { suite: 'bookworm', hosts: ['web1'] })

  it.each(caseNamesOf('mariadb-10.11'))('%s is taken by the server and by systemd', async (name) => {
    expect(await judgedOn(bookworm, name)).toBe('')
  })
})

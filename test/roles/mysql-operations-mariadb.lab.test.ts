/** `foobar-deploy do mysql …` on two real hosts with MariaDB 11.8. */

import { describeOperations } from './mysql/operations-tests.ts'
import { mysqlPair } from './mysql/pair.ts'
import { mariadbPackages } from './stack-packages.ts'

describeOperations(mysqlPair('test-mariadb-do', mariadbPackages, 'trixie'))

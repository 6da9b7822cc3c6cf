/** `foobar-deploy do mysql …` on two real hosts with MySQL 9.7. */

import { describeOperations } from './mysql/operations-tests.ts'
import { mysqlPair } from './mysql/pair.ts'
import { stackPackages } from './stack-packages.ts'

describeOperations(mysqlPair('test-mysql-do', stackPackages, 'sid'))

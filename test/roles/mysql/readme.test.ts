/** The README of the mysql role tells all variables as they are. */

import { mysqlVariables } from '../../../roles/mysql/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('mysql', mysqlVariables)

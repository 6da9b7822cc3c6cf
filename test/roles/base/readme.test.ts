/** The README of the base role tells all variables as they are. UPDATE_README=1 writes the tables anew. */

import { baseVariables } from '../../../roles/base/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('base', baseVariables)

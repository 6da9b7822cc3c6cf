/** The README of the keepalived role tells all variables as they are. */

import { keepalivedVariables } from '../../../roles/keepalived/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('keepalived', keepalivedVariables)

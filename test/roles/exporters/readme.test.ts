/** The README of the exporters role tells all variables as they are. UPDATE_README=1 writes the tables anew. */

import { exportersVariables } from '../../../roles/exporters/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('exporters', exportersVariables)

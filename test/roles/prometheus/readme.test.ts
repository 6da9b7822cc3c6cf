/** The README of the prometheus role tells all variables as they are. UPDATE_README=1 writes the tables anew. */

import { prometheusVariables } from '../../../roles/prometheus/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('prometheus', prometheusVariables)

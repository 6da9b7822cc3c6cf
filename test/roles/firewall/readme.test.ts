/** The README of the firewall role tells all variables as they are. UPDATE_README=1 writes the tables anew. */

import { firewallVariables } from '../../../roles/firewall/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('firewall', firewallVariables)

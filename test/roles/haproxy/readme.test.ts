/** The README of the haproxy role tells all variables as they are. */

import { haproxyVariables } from '../../../roles/haproxy/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('haproxy', haproxyVariables)

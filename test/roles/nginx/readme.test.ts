/** The README of the nginx role tells all variables as they are. */

import { nginxVariables } from '../../../roles/nginx/variables.ts'
import { expectReadme } from '../expect-readme.ts'

expectReadme('nginx', nginxVariables)

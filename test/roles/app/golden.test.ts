/** What the app role writes, as it stands in the folder of each case. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { app } from '../../../roles/app/role.ts'
import { appVariables } from '../../../roles/app/variables.ts'
import { expectReadme } from '../expect-readme.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, app)
expectReadme('app', appVariables)

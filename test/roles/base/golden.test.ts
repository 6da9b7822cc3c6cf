/** The files that the base role writes in every case. UPDATE_GOLDEN=1 writes them anew, to be judged. */

import { base } from '../../../roles/base/role.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, base)

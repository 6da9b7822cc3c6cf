/** The rules and the unit of every case, as they stand in its folder. UPDATE_GOLDEN=1 writes them anew, to be judged. */

import { firewall } from '../../../roles/firewall/role.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, firewall)

/** What the keepalived role writes in every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { keepalived } from '../../../roles/keepalived/role.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, keepalived)

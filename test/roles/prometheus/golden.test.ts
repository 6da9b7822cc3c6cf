/** What the prometheus role writes in every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { prometheus } from '../../../roles/prometheus/role.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, prometheus)

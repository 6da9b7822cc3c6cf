/** What the haproxy role writes in every case, as it stands in its folder. UPDATE_GOLDEN=1 writes it anew, to be judged. */

import { haproxy } from '../../../roles/haproxy/role.ts'
import { expectGolden } from '../role-cases.ts'

expectGolden(import.meta.url, haproxy)

/** Sets zod to interpret schemas: a run uses each a few times, and compiling a validator for each takes longer than that. */

import { z } from 'zod'

z.config({ jitless: true })

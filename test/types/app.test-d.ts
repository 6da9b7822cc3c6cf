/** What the compiler must say of the variables of the app role. */

import { Secret } from 'foobar-deploy'
import { app } from 'foobar-deploy/roles/app'

const source = new URL('../../app/', import.meta.url)

export const good = [
  app({ source }),
  app({ source: '/srv/shop', environment: { PASSWORD: new Secret('shop', 'x'), POOL: 4, NAME: 'shop' } }),
  app({ release: '0123456789abcdef', balancing: { balancers: ['lb1'], backend: 'web' } }),
]

// @ts-expect-error 'sourse' does not exist
app({ sourse: source })

// @ts-expect-error Type 'boolean' is not assignable
app({ source, environment: { DEBUG: true } })

// @ts-expect-error 'backend' is missing
app({ source, balancing: { balancers: ['lb1'] } })

// @ts-expect-error Type '"systemctl"' is not assignable
app({ source, socket: 'systemctl' })

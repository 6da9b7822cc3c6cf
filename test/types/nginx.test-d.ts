/** What the compiler must say of the variables of the nginx role: every name and value is known, at any depth. */

import { Secret } from 'foobar-deploy'
import { nginx } from 'foobar-deploy/roles/nginx'

const site = { serverNames: ['www.foobar.com'], root: '/srv/www' }

export const good = [
  nginx({ sites: [site] }),
  nginx({ sites: [{ ...site, accessLog: false, redirectTo: { to: 'https://b.example', status: 308 } }] }),
  nginx({
    sites: [site],
    extraFiles: { htpasswd: new Secret('users', 'alice:x'), 'conf.d/a.conf': { content: '', mode: '0600' } },
  }),
]

// @ts-expect-error 'sites' is missing
nginx({})

// @ts-expect-error 'serverNames' is missing
nginx({ sites: [{ root: '/srv/www' }] })

// @ts-expect-error 'rooot' does not exist
nginx({ sites: [{ serverNames: ['a'], rooot: '/srv/www' }] })

// @ts-expect-error Type 'string' is not assignable to type 'string[]'
nginx({ sites: [{ serverNames: 'www.foobar.com', root: '/srv/www' }] })

// @ts-expect-error Type 'true' is not assignable
nginx({ sites: [{ ...site, accessLog: true }] })

// @ts-expect-error 'proxypass' does not exist
nginx({ sites: [{ serverNames: ['a'], locations: [{ path: '/', proxypass: 'http://app' }] }] })

// @ts-expect-error Type '304' is not assignable
nginx({ sites: [{ serverNames: ['a'], redirectTo: { to: 'https://b.example', status: 304 } }] })

// @ts-expect-error Type '"least-conn"' is not assignable
nginx({ sites: [site], upstreams: [{ name: 'app', strategy: 'least-conn', servers: [{ address: 'a' }] }] })

// @ts-expect-error 'key' is missing
nginx({ sites: [{ ...site, tls: { certificate: '/srv/tls.crt' } }] })

/** Variables of the app role, with their defaults. */

import { isAbsolute } from 'node:path'
import { Secret, z } from 'foobar-deploy'

const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be small letters, digits and -')
const seconds = z.int().positive()
const port = z.int().min(1).max(65_535)
const unit = z.string().regex(/^[\w@.-]+\.[a-z]+$/, 'must be the name of a unit, such as mysql.service')
const value = z.union([z.string(), z.number(), z.instanceof(Secret<string>).meta({ title: 'Secret' })], {
  error: 'must be text, a number or a secret',
})
const option = z.union([z.string(), z.number(), z.boolean()])

const balancing = z
  .strictObject({
    /** The hosts that HAProxy runs on, by their names in the inventory. */
    balancers: z.array(z.string().min(1)).min(1),
    /** The backend in which the host is a server. */
    backend: z.string().min(1),
    /** The name of the host there; by default its name in the inventory. */
    server: z.string().min(1).optional(),
  })
  .meta({ title: 'balancing' })

/** The variables of the app role. */
export const appVariables = z
  .strictObject({
    /** Names the folder `/srv/<name>`, the units and `/etc/<name>.env`. */
    name: name.default('foobar-app'),
    /** The folder of the sources on your machine: `new URL('../app/', import.meta.url)`, or an absolute path. */
    source: z
      .union(
        [
          z.instanceof(URL).meta({ title: 'URL' }),
          z.string().refine(isAbsolute, 'must be an absolute path, or new URL(…, import.meta.url)'),
        ],
        { error: 'must be an absolute path, or new URL(…, import.meta.url)' },
      )
      .optional(),
    /** The build command; it runs on a copy of the sources. */
    build: z.string().min(1).default('npm ci --ignore-scripts --no-audit --no-fund && npm run build'),
    /** The folder that the build creates, with everything that production needs. */
    output: z.string().min(1).default('dist'),
    /** Files of the source folder that are not sources; patterns as in `copyTree`. */
    exclude: z.array(z.string().min(1)).default(['*.md']),
    /** A release that is still on the hosts, instead of the one built from the sources. */
    release: z
      .string()
      .regex(/^[0-9a-f]{16}$/, 'must be the name of a release: 16 hexadecimal digits')
      .optional(),
    /** The file in the output to start. */
    main: z
      .string()
      .regex(/^[\w./-]+$/, 'must be a plain path in the output')
      .default('main.js'),
    /** An existing user; by default systemd creates one while the application runs. */
    user: name.optional(),
    /** The address it listens on. */
    address: z.union([z.ipv4(), z.ipv6()], { error: 'must be an IP address' }).default('127.0.0.1'),
    /** Its port. */
    port: port.default(3000),
    /** Who can reach the port from outside: groups, addresses or networks; has no effect with 127.0.0.1. */
    openTo: z.array(z.string().min(1)).default([]),
    /** `'systemd'` opens the socket and keeps it while the application restarts; with `'own'` the application opens it. */
    socket: z.enum(['systemd', 'own']).default('systemd'),
    /** Environment variables besides `HOST`, `PORT` and `NODE_ENV`, in a file that only root can read. */
    environment: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/), value, {
        error: ({ code }) => (code === 'invalid_key' ? 'is no name of a variable' : undefined),
      })
      .default({}),
    /** Public files that it reads at start, by absolute path; for example the certificate of an authority. */
    files: z.record(z.string().refine(isAbsolute, 'must be an absolute path'), z.string()).default({}),
    /** The path that answers 200 once it can serve requests. */
    readinessPath: z
      .string()
      .regex(/^\/[\w./~-]*$/, 'must be a path')
      .default('/readyz'),
    /** Time limit for a restarted application to become ready. */
    readyWithinSeconds: seconds.default(30),
    /** Time limit to stop before it is killed. */
    stopWithinSeconds: seconds.default(20),
    /** How many releases stay on the host, including the current one. */
    keepReleases: z.int().min(2, 'is at least 2: the one in force, and the one to go back to').default(5),
    /** The balancers that drain the host while it restarts; by default none. */
    balancing: balancing.optional(),
    /** The package with Node.js; false if something else installs it. */
    nodePackage: z.union([z.string().min(1), z.literal(false)]).default('nodejs'),
    /** The path of Node.js. */
    nodePath: z.string().refine(isAbsolute, 'must be an absolute path').default('/usr/bin/node'),
    /** Options for Node.js: `--max-old-space-size=512`. */
    nodeOptions: z.array(z.string().regex(/^--?[\w=./-]+$/, 'must be one option')).default([]),
    /** Units that start before it if both start at the same time. */
    after: z.array(unit).default(['mysql.service', 'mariadb.service', 'haproxy.service']),
    /** Service options that add to those of the role or replace them: `{ MemoryMax: '512M' }`. */
    serviceOptions: z
      .record(z.string().regex(/^[A-Z][A-Za-z0-9]*$/), z.union([option, z.array(option)]), {
        error: ({ code }) => (code === 'invalid_key' ? 'is no name of an option' : undefined),
      })
      .default({}),
  })
  .superRefine(({ source, release }, context) => {
    if (source === undefined && release === undefined) {
      context.addIssue({ code: 'custom', path: ['source'], message: 'is missing, and release too: what is to run?' })
    }
  })
  .meta({ title: 'app' })

/** Checked variables of the app role. */
export type AppVariables = z.output<typeof appVariables>

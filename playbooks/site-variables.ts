/** What an inventory says for the site. */

import { networkSchema, secretSchema, z } from 'foobar-deploy'

const passwords = z.strictObject({
  /** What the application says to the database. */
  app: secretSchema(),
  /** What a replica says to the primary. */
  replication: secretSchema(),
})

const admin = z.strictObject({
  /** The name of the account. */
  name: z.string(),
  /** Public keys that may log in, as lines of `.pub` files. */
  keys: z.array(z.string()).min(1),
})

export const siteVariables = z.strictObject({
  /** The name the site answers to. */
  domain: z.string().min(1),
  /** The address that one of the balancers has. */
  virtualAddress: z.ipv4(),
  /** Tells this site from others that share addresses in the same network. */
  virtualRouterId: z.int().min(1).max(255).default(51),
  /** Whether all web servers serve, or the first does and the others wait for it to fail. */
  mode: z.enum(['active-active', 'active-passive']).default('active-active'),
  /** The host whose database is written to; the others replicate from it. */
  primary: z.string(),
  /** From where SSH is let in. */
  sshFrom: z.union([z.literal('anyone'), z.array(networkSchema()).min(1)]),
  /** From where Prometheus may be looked at, beside the hosts that have it. */
  monitoringFrom: z.array(networkSchema()).default([]),
  /** The time zone of the hosts. */
  timezone: z.string().default('Etc/UTC'),
  /** An account for people, who may use sudo. */
  admin: admin.optional(),
  /** Issues the certificates of the databases, and that of the site where none is given. */
  authority: secretSchema(),
  /** The site’s certificate, those between it and the root, and its key, each in PEM. */
  certificate: secretSchema().optional(),
  /** For how long browsers are told to use nothing but TLS; 0 to tell them nothing. */
  hstsSeconds: z.int().min(0).default(0),
  passwords,
})

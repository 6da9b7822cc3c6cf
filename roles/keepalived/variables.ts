/** What the keepalived role can be told, and what it assumes where nothing is said. */

import { z } from 'foobar-deploy'

const path = z.string().regex(/^\/[^\s"{}!#]*$/, 'must be an absolute path without spaces, quotes, { } ! or #')
const word = z.string().regex(/^[^\s"{}!#]+$/, 'must be one word without quotes, { } ! or #')
const lines = z.array(z.string().regex(/^[^\n]+$/, 'must be one line'))

const check = z
  .strictObject({
    /** Where HAProxy tells that it lives; by default the host’s own address, as the role haproxy has it. */
    address: word.optional(),
    /** The port of that. */
    port: z.int().min(1).max(65_535).default(8404),
    /** What is asked for; the answer must have status 200. */
    path: path.default('/alive'),
    /** How often it is asked; rounded up to whole seconds by keepalived before 2.3 (Debian 12, Ubuntu 24.04). */
    intervalMs: z.int().min(100).default(500),
    /** After how many failures in a row the host gives the addresses up. */
    fall: z.int().positive().default(2),
    /** After how many good answers in a row it may have them again. */
    rise: z.int().positive().default(2),
  })
  .meta({ title: 'check' })

/** What the keepalived role can be told. */
export const keepalivedVariables = z
  .strictObject({
    /** The addresses that one of the hosts has, as `198.51.100.10` or `198.51.100.10/24`. */
    virtualAddresses: z
      .array(
        z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: 'must be an address, or one with its prefix' }),
      )
      .min(1),
    /** The hosts among which they move; the first of them has the highest priority. */
    group: z.string().min(1).default('balancer'),
    /** What tells these hosts from others that share addresses in the same network. */
    virtualRouterId: z.int().min(1).max(255).default(51),
    /** The interface that gets the addresses; by default the one with the host’s own address. */
    interface: word.optional(),
    /** How often the host that has them says so. Three times as long in silence, and another takes them. */
    advertMs: z
      .int()
      .min(10)
      .max(40_950)
      .multipleOf(10, 'must be whole hundredths of a second: 300, 1000')
      .default(300),
    /** Whether a host of higher priority takes the addresses back as soon as it is there. */
    preempt: z.boolean().default(false),
    /** For how long it must have been there before. */
    preemptDelaySeconds: z.int().min(0).max(1000).default(0),
    /** Whether the hosts speak to one another by their addresses; otherwise by multicast, which many networks drop. */
    unicast: z.boolean().default(true),
    /** What must be well for a host to have the addresses; false for nothing but that it is there. */
    check: z.union([check, z.literal(false)]).prefault({}),
    /** A program that is told of each move, as keepalived’s `notify`. */
    notify: path.optional(),
    /** Who programs run as. */
    scriptUser: word.default('nobody'),
    /** Whether programs may listen on the addresses while another host has them. */
    nonlocalBind: z.boolean().default(false),
    /** Whether a systemd-networkd that has the interface is configured to keep the addresses, routes and rules of keepalived. */
    networkdKeeps: z.boolean().default(true),
    /** More lines for `global_defs`. */
    extraGlobal: lines.default([]),
    /** More lines for `vrrp_instance`. */
    extraInstance: lines.default([]),
    /** More sections, as they stand. */
    extraSections: z.array(z.string()).default([]),
    /** Whether systemd confines keepalived to what it needs, from its next start on. */
    hardened: z.boolean().default(true),
    /** Whether it runs now. */
    running: z.boolean().default(true),
    /** Whether it is started at boot. */
    enabled: z.boolean().default(true),
  })
  .superRefine(({ preempt, preemptDelaySeconds }, context) => {
    if (preemptDelaySeconds > 0 && !preempt) {
      context.addIssue({
        code: 'custom',
        path: ['preemptDelaySeconds'],
        message: 'means nothing without preempt: true',
      })
    }
  })
  .meta({ title: 'keepalived' })

/** Checked variables of the keepalived role. */
export type KeepalivedVariables = z.output<typeof keepalivedVariables>

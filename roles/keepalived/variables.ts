/** Variables of the keepalived role, with their defaults. */

import { z } from 'foobar-deploy'

const path = z.string().regex(/^\/[^\s"{}!#]*$/, 'must be an absolute path without spaces, quotes, { } ! or #')
const word = z.string().regex(/^[^\s"{}!#]+$/, 'must be one word without quotes, { } ! or #')
const lines = z.array(z.string().regex(/^[^\n]+$/, 'must be one line'))

const check = z
  .strictObject({
    /** The address of the check; by default the host’s own address, as in the role haproxy. */
    address: word.optional(),
    /** The port of the check. */
    port: z.int().min(1).max(65_535).default(8404),
    /** The path of the check; the answer must have status 200. */
    path: path.default('/alive'),
    /** The interval of the check; keepalived before 2.3 (Debian 12, Ubuntu 24.04) rounds up to whole seconds. */
    intervalSeconds: z.number().min(0.1).default(0.5),
    /** After how many failed checks in a row the host gives up the addresses. */
    fall: z.int().positive().default(2),
    /** After how many successful checks in a row it can get them again. */
    rise: z.int().positive().default(2),
  })
  .meta({ title: 'check' })

/** The variables of the keepalived role. */
export const keepalivedVariables = z
  .strictObject({
    /** The virtual addresses, for example `198.51.100.10` or `198.51.100.10/24`. */
    virtualAddresses: z
      .array(
        z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], { error: 'must be an address, or one with its prefix' }),
      )
      .min(1),
    /** The hosts between which they move; the first one has the highest priority. */
    group: z.string().min(1).default('balancer'),
    /** The VRRP id of these hosts; must be unique in the network. */
    virtualRouterId: z.int().min(1).max(255).default(51),
    /** The interface of the addresses; by default the one with the host’s own address. */
    interface: word.optional(),
    /** The interval of advertisements. After three times as long without one, another host takes the addresses. */
    advertSeconds: z
      .number()
      .min(0.01)
      .max(40.95)
      .multipleOf(0.01, 'must be whole hundredths of a second: 0.3, 1')
      .default(0.3),
    /** Whether a host with higher priority takes the addresses back as soon as it is up. */
    preempt: z.boolean().default(false),
    /** How long it must be up before that. */
    preemptDelaySeconds: z.int().min(0).max(1000).default(0),
    /** Whether advertisements use unicast; otherwise multicast, which many networks drop. */
    unicast: z.boolean().default(true),
    /** The check that a host must pass to have the addresses; false for no check. */
    check: z.union([check, z.literal(false)]).prefault({}),
    /** A program that runs at each move, as keepalived’s `notify`. */
    notify: path.optional(),
    /** The user that programs run as. */
    scriptUser: word.default('nobody'),
    /** Whether programs can listen on the addresses while another host has them. */
    nonlocalBind: z.boolean().default(false),
    /** Whether systemd-networkd is configured to keep the addresses, routes and rules of keepalived. */
    networkdKeeps: z.boolean().default(true),
    /** More lines for `global_defs`. */
    extraGlobal: lines.default([]),
    /** More lines for `vrrp_instance`. */
    extraInstance: lines.default([]),
    /** More sections, used unchanged. */
    extraSections: z.array(z.string()).default([]),
    /** Whether systemd confines keepalived to what it needs, from its next start. */
    hardened: z.boolean().default(true),
    /** Whether it is running. */
    running: z.boolean().default(true),
    /** Whether it starts at boot. */
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

/** Variables of the firewall role, with their defaults. */

import { networkSchema, z } from 'foobar-deploy'

const from = z.union([z.literal('anyone'), z.array(networkSchema()).min(1)], {
  error: "must be 'anyone' or a list of addresses and networks",
})

const port = z.int().min(1).max(65_535)

const rule = z
  .string()
  .regex(/^[^\n;{}]*(\{[^\n;{}]*\}[^\n;{}]*)*$/, 'must be one rule on one line')
  // At boot, and where rules are compared, there is no interface yet.
  .regex(/^(?!.*\b[io]if\s)/, 'must name interfaces by iifname and oifname, which need not be there')

const opening = z
  .strictObject({
    /** The purpose; it becomes a comment of the rule. */
    name: z.string().regex(/^[\w. -]+$/, 'is letters, digits, spaces and . _ -'),
    /** The protocol. */
    protocol: z.enum(['tcp', 'udp']).default('tcp'),
    /** The port of this host. */
    port,
    /** `'anyone'`, or addresses and networks. */
    from,
  })
  .meta({ title: 'opening' })

/** The variables of the firewall role. */
export const firewallVariables = z
  .strictObject({
    /** Who can use SSH: `'anyone'`, or addresses and networks, including your own. */
    sshFrom: from,
    /** The ports of sshd. */
    sshPorts: z.array(port).min(1).default([22]),
    /** More openings, besides SSH and those of the host’s roles. */
    openings: z.array(opening).default([]),
    /** More rules of the input chain, in nft syntax; they apply to new connections before all openings. */
    extraRules: z.array(rule).default([]),
    /** Whether the host answers pings. */
    answersPing: z.boolean().default(true),
    /** What happens to forwarded packets; use `'unfiltered'` on container hosts and routers. */
    forwarding: z.enum(['drop', 'unfiltered']).default('drop'),
    /** Whether dropped packets are logged to the kernel log, except broadcasts and multicasts. */
    logDropped: z.boolean().default(true),
    /** Maximum number of such log lines per minute. */
    logsPerMinute: z.int().min(1).max(10_000).default(10),
    /** What to do if ufw or firewalld is active: refuse before any change, or disable it once the new rules are confirmed. */
    otherFirewalls: z.enum(['refuse', 'disable']).default('refuse'),
    /** Time limit for a new SSH connection; without one the old rules are restored. */
    confirmWithinSeconds: z.int().min(5).max(600).default(30),
  })
  .meta({ title: 'firewall' })

/** Checked variables of the firewall role. */
export type FirewallVariables = z.output<typeof firewallVariables>

/** Variables of the firewall role, with their defaults. */

import { network, z } from 'foobar-deploy'

const from = z.union([z.literal('anyone'), z.array(network).min(1)], {
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
    /** What it is for; it stands beside the rule. */
    name: z.string().regex(/^[\w. -]+$/, 'is letters, digits, spaces and . _ -'),
    /** What is spoken. */
    protocol: z.enum(['tcp', 'udp']).default('tcp'),
    /** The port of this host. */
    port,
    /** `'anyone'`, or addresses and networks. */
    from,
  })
  .meta({ title: 'opening' })

/** What the firewall role can be told. */
export const firewallVariables = z
  .strictObject({
    /** From where SSH is let in: `'anyone'`, or addresses and networks, yours among them. */
    sshFrom: from,
    /** The ports on which sshd listens. */
    sshPorts: z.array(port).min(1).default([22]),
    /** What is let in beside SSH and what the roles of the host open. */
    openings: z.array(opening).default([]),
    /** More rules of the input chain as nft writes them, tried for new connections before all openings. */
    extraRules: z.array(rule).default([]),
    /** Whether the host answers pings. */
    answersPing: z.boolean().default(true),
    /** What becomes of packets on their way through the host; `'unfiltered'` for hosts of containers and routers. */
    forwarding: z.enum(['drop', 'unfiltered']).default('drop'),
    /** Whether dropped packets are written to the kernel’s log, those to everybody left out. */
    logDropped: z.boolean().default(true),
    /** At most so many of them. */
    logsPerMinute: z.int().min(1).max(10_000).default(10),
    /** What to do where ufw or firewalld is active: refuse before any change, or disable it once the new rules are confirmed. */
    otherFirewalls: z.enum(['refuse', 'disable']).default('refuse'),
    /** In this time a new SSH connection must succeed, or the rules of before come back. */
    confirmWithinSeconds: z.int().min(5).max(600).default(30),
  })
  .meta({ title: 'firewall' })

/** Checked variables of the firewall role. */
export type FirewallVariables = z.output<typeof firewallVariables>

/** Variables of the base role for sshd, with their defaults. */

import { z } from 'foobar-deploy'

const name = z.string().regex(/^[^\s"]+$/, 'must be one word, as sshd takes it')

const algorithm = z.string().regex(/^[\w@.-]+$/, 'must be the name of an algorithm')

/** See the `sshd` variable of the role. */
export const sshd = z
  .strictObject({
    /** Whether the role hardens sshd; false removes its configuration. */
    hardened: z.boolean().default(true),
    /** Whether sshd accepts passwords. */
    passwordAuthentication: z.boolean().default(false),
    /** Whether root can log in: never, with a key, or with a password too. */
    permitRootLogin: z.enum(['no', 'prohibit-password', 'yes']).default('prohibit-password'),
    /** The only users who can log in, as sshd patterns; must include yours. */
    allowUsers: z.array(name).min(1).optional(),
    /** The only groups whose members can log in; must include one of yours. */
    allowGroups: z.array(name).min(1).optional(),
    /** Whether connections can be forwarded, for example on a bastion. */
    allowTcpForwarding: z.union([z.boolean(), z.enum(['local', 'remote'])]).default(false),
    /** Whether SSH agents can be forwarded to this host. */
    allowAgentForwarding: z.boolean().default(false),
    /** How many keys and passwords a connection can try; an agent tries all its keys. */
    maxAuthTries: z.int().min(2).default(6),
    /** Time limit for logging in. */
    loginGraceTimeSeconds: z.int().min(10).default(30),
    /** Channels per connection; the toolkit needs at most one per user that tasks run as. */
    maxSessions: z.int().min(4).default(10),
    /** How many connections can be logging in at a time; above it sshd refuses more and more of them. */
    maxStartups: z.int().min(10).default(20),
    /** A client that is silent for three times as long is disconnected. */
    clientAliveIntervalSeconds: z.int().min(10).default(60),
    /** Key exchange algorithms; by default those of dev-sec's ssh-baseline: no NIST curves, no SHA-1, hybrids with ML-KEM and NTRU. */
    kexAlgorithms: z.array(algorithm).min(1).optional(),
    /** Ciphers; by default those of ssh-baseline. */
    ciphers: z.array(algorithm).min(1).optional(),
    /** Message authentication codes; by default those of ssh-baseline: SHA-2 and UMAC-128. */
    macs: z.array(algorithm).min(1).optional(),
    /** More lines, used unchanged. */
    extra: z.array(z.string().regex(/^[^\n]+$/, 'must be one line')).default([]),
  })
  .meta({ title: 'sshd' })

/** Checked variables for sshd. */
export type SshdVariables = z.output<typeof sshd>

/** Variables of the base role for sshd, with their defaults. */

import { z } from 'foobar-deploy'

const name = z.string().regex(/^[^\s"]+$/, 'must be one word, as sshd takes it')

const algorithm = z.string().regex(/^[\w@.-]+$/, 'must be the name of an algorithm')

/** See the `sshd` variable of the role. */
export const sshd = z
  .strictObject({
    /** Whether the role hardens sshd at all; false removes what it wrote. */
    hardened: z.boolean().default(true),
    /** Whether passwords let anybody in. */
    passwordAuthentication: z.boolean().default(false),
    /** Whether root may log in: never, with a key, or at all. */
    permitRootLogin: z.enum(['no', 'prohibit-password', 'yes']).default('prohibit-password'),
    /** The only users who may log in, as patterns of sshd; yours must be among them. */
    allowUsers: z.array(name).min(1).optional(),
    /** The only groups whose members may log in; one of yours must be among them. */
    allowGroups: z.array(name).min(1).optional(),
    /** Whether connections may be passed on: for a bastion that others are reached through. */
    allowTcpForwarding: z.union([z.boolean(), z.enum(['local', 'remote'])]).default(false),
    /** Whether the keys of whoever logs in may be used from here. */
    allowAgentForwarding: z.boolean().default(false),
    /** How many keys and passwords may be tried on one connection: an agent tries all it has. */
    maxAuthTries: z.int().min(2).default(6),
    /** In how many seconds one must have logged in. */
    loginGraceTimeSeconds: z.int().min(10).default(30),
    /** Channels on one connection; the toolkit needs no more than one a user that tasks run as. */
    maxSessions: z.int().min(4).default(10),
    /** Connections that may be logging in at a time; above it more and more are refused. */
    maxStartups: z.int().min(10).default(20),
    /** A client that does not answer for three times as many seconds is gone. */
    clientAliveIntervalSeconds: z.int().min(10).default(60),
    /** How keys are exchanged; by default as dev-sec's ssh-baseline has it: no NIST curves, no SHA-1, hybrids with ML-KEM and NTRU. */
    kexAlgorithms: z.array(algorithm).min(1).optional(),
    /** Ciphers; by default those of ssh-baseline. */
    ciphers: z.array(algorithm).min(1).optional(),
    /** Codes that authenticate messages; by default those of ssh-baseline: SHA-2 and UMAC-128. */
    macs: z.array(algorithm).min(1).optional(),
    /** More lines, as they stand. */
    extra: z.array(z.string().regex(/^[^\n]+$/, 'must be one line')).default([]),
  })
  .meta({ title: 'sshd' })

/** Checked variables for sshd. */
export type SshdVariables = z.output<typeof sshd>

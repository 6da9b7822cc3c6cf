/** Variables of the base role, with their defaults. */

import { z } from 'foobar-deploy'
import { sshd } from './sshd-variables.ts'

const hostName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i, 'must be a host name')
const accountName = z
  .string()
  .regex(/^[a-z_][a-z0-9_-]*$/, 'must be the name of an account: small letters, digits, _ and -')
const publicKey = z.string().regex(/^\S+ \S+/, 'must be the line of a .pub file')
const line = z.string().regex(/^[^\n"]+$/, 'must be one line without quotes')
const size = z.string().regex(/^\d+[KMGT]?$/, 'must be a size as systemd writes it: 500M, 2G')

const admin = z
  .strictObject({
    /** The name of the account. */
    name: accountName,
    /** Public keys that may log in, as lines of `.pub` files. */
    keys: z.array(publicKey).min(1),
    /** Keys that may do so no longer. */
    revokedKeys: z.array(publicKey).default([]),
    /** Groups beside the account’s own. */
    groups: z.array(accountName).default([]),
    /** The login shell. */
    shell: z.string().startsWith('/').default('/bin/bash'),
    /** Whether sudo lets the account do all, and whether it asks for a password. */
    sudo: z.enum(['no-password', 'password', 'none']).default('no-password'),
  })
  .meta({ title: 'admin' })

const journal = z
  .strictObject({
    /** Whether the journal outlives a boot. */
    isPersistent: z.boolean().default(true),
    /** The most it takes on the disk. */
    maxUse: size.default('1G'),
    /** What it leaves free on the disk. */
    keepFree: size.default('1G'),
    /** For how many days it is kept at most; 0 for as long as there is room. */
    maxRetentionDays: z.int().min(0).default(90),
    /** Lines that one service may write in 30 seconds; 0 for any number. */
    rateLimitBurst: z.int().min(0).default(10_000),
  })
  .meta({ title: 'journal' })

const unattendedUpgrades = z
  .strictObject({
    /** Whether security updates are installed by themselves, every day. */
    enabled: z.boolean().default(true),
    /** When a host that needs it is rebooted, as `03:30`; by default never. */
    rebootAt: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 03:30')
      .optional(),
    /** More origins, as unattended-upgrades writes its patterns: `origin=Debian,codename=${distro_codename}-updates`. */
    extraOrigins: z.array(line).default([]),
    /** Packages that are left alone, as regular expressions of Python. */
    exclude: z.array(line).default([]),
    /** Whom to write of failures; the host must be able to send mail. */
    mailTo: line.optional(),
  })
  .meta({ title: 'unattendedUpgrades' })

/** What the base role can be told. */
export const baseVariables = z
  .strictObject({
    /** The domain of all hosts: `/etc/hosts` then knows them with and without it. */
    domain: hostName.optional(),
    /** The name the host gives itself; by default that of the inventory, up to the first dot. */
    hostname: hostName.optional(),
    /** Whether the hosts of the inventory are put into `/etc/hosts`. */
    managesHosts: z.boolean().default(true),
    /** More lines for it: names by address. */
    extraHosts: z.record(z.union([z.ipv4(), z.ipv6()]), z.array(hostName).min(1)).default({}),
    /** The time zone. */
    timezone: z.string().default('Etc/UTC'),
    /** What keeps the clock right. In a container it is installed and left unstarted: the clock is the machine’s. */
    timeSync: z.enum(['chrony', 'systemd-timesyncd', 'none']).default('chrony'),
    /** Time servers; by default those of the distribution. */
    ntpServers: z.array(z.union([z.ipv4(), z.ipv6(), hostName])).default([]),
    /** Settings of the kernel beside the role’s own, or in their place; null leaves one of the role’s own alone. */
    sysctl: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).default({}),
    /** What is kept of the logs. */
    journal: journal.prefault({}),
    /** Security updates that install themselves. */
    unattendedUpgrades: unattendedUpgrades.prefault({}),
    /** An account for people, with keys and sudo. */
    admin: admin.optional(),
    /** What sshd lets people do. */
    sshd: sshd.prefault({}),
    /** Packages that every host has. */
    packages: z.array(z.string()).default(['ca-certificates', 'curl', 'openssl', 'procps']),
  })
  .meta({ title: 'base' })

/** Checked variables of the base role. */
export type BaseVariables = z.output<typeof baseVariables>

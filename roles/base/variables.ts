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
    /** Public keys that can log in, as lines of `.pub` files. */
    keys: z.array(publicKey).min(1),
    /** Keys to remove. */
    revokedKeys: z.array(publicKey).default([]),
    /** Additional groups. */
    groups: z.array(accountName).default([]),
    /** The login shell. */
    shell: z.string().startsWith('/').default('/bin/bash'),
    /** Whether the account has full sudo rights, and whether sudo asks for a password. */
    sudo: z.enum(['no-password', 'password', 'none']).default('no-password'),
  })
  .meta({ title: 'admin' })

const journal = z
  .strictObject({
    /** Whether the journal survives a reboot. */
    persistent: z.boolean().default(true),
    /** The maximum disk space it uses. */
    maxUse: size.default('1G'),
    /** The disk space it leaves free. */
    keepFree: size.default('1G'),
    /** How many days it is kept at most; 0 for no limit. */
    maxRetentionDays: z.int().min(0).default(90),
    /** How many lines a service can write in 30 seconds; 0 for no limit. */
    rateLimitBurst: z.int().min(0).default(10_000),
  })
  .meta({ title: 'journal' })

const unattendedUpgrades = z
  .strictObject({
    /** Whether security updates are installed automatically, every day. */
    enabled: z.boolean().default(true),
    /** When to reboot a host that needs it, for example `03:30`; by default never. */
    rebootAt: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as 03:30')
      .optional(),
    /** More origins, as patterns of unattended-upgrades: `origin=Debian,codename=${distro_codename}-updates`. */
    extraOrigins: z.array(line).default([]),
    /** Packages not to update, as Python regular expressions. */
    exclude: z.array(line).default([]),
    /** Where to mail failures; the host must be able to send mail. */
    mailTo: line.optional(),
  })
  .meta({ title: 'unattendedUpgrades' })

/** The variables of the base role. */
export const baseVariables = z
  .strictObject({
    /** The domain of all hosts; `/etc/hosts` then has their names with and without it. */
    domain: hostName.optional(),
    /** The hostname; by default the name in the inventory, up to the first dot. */
    hostname: hostName.optional(),
    /** Whether `/etc/hosts` lists the hosts of the inventory. */
    managesHosts: z.boolean().default(true),
    /** More lines for `/etc/hosts`: names by address. */
    extraHosts: z.record(z.union([z.ipv4(), z.ipv6()]), z.array(hostName).min(1)).default({}),
    /** The time zone. */
    timezone: z.string().default('Etc/UTC'),
    /** What synchronizes the clock. In a container it is installed but not started. */
    timeSync: z.enum(['chrony', 'systemd-timesyncd', 'none']).default('chrony'),
    /** Time servers; by default those of the distribution. */
    ntpServers: z.array(z.union([z.ipv4(), z.ipv6(), hostName])).default([]),
    /** Kernel settings that add to those of the role or replace them; null disables one of the role’s. */
    sysctl: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).default({}),
    /** How long and how much of the logs to keep. */
    journal: journal.prefault({}),
    /** Automatic security updates. */
    unattendedUpgrades: unattendedUpgrades.prefault({}),
    /** An admin account with keys and sudo. */
    admin: admin.optional(),
    /** The configuration of sshd. */
    sshd: sshd.prefault({}),
    /** Packages that every host has. */
    packages: z.array(z.string()).default(['ca-certificates', 'curl', 'openssl', 'procps']),
  })
  .meta({ title: 'base' })

/** Checked variables of the base role. */
export type BaseVariables = z.output<typeof baseVariables>

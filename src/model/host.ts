/** Hosts: how to reach one, and what roles see of it. */

import { z } from 'zod'
import type { Facts } from './facts.ts'
import { secretSchema } from './secret-schema.ts'

const path = z.string().min(1)
const milliseconds = z.int().positive()

/** How to connect; each may stand for all hosts under `defaults` and for one host beside its address. */
export const connectionSchema = z.strictObject({
  /** Where to connect, if that is not the address: a forwarded port, a network of its own. As HostName in ssh_config. */
  hostName: z.string().min(1).optional(),
  /** TCP port of sshd; default: from ssh_config, else 22. */
  port: z.int().min(1).max(65535).optional(),
  /** User to log in as; default: from ssh_config, else the one who runs the toolkit. */
  user: z.string().min(1).optional(),
  /** Private key, or several to be tried in order; `~` is the home directory. An encrypted one prompts. */
  identityFile: z.union([path, z.array(path)]).optional(),
  /** Whether of the agent's keys only those are offered that `identityFile` names, as IdentitiesOnly in ssh_config. */
  identitiesOnly: z.boolean().optional(),
  /** Password to log in with, after the keys. */
  password: secretSchema().optional(),
  /** Password for sudo, where it wants one. */
  becomePassword: secretSchema().optional(),
  /** `strict` (default): the key must be known; `accept-new`: an unknown host's key is added; `no`: not checked. */
  hostKeyChecking: z.enum(['strict', 'accept-new', 'no']).optional(),
  /** Default: from ssh_config, else `~/.ssh/known_hosts`. */
  knownHostsFile: path.optional(),
  /** The name it goes by in known_hosts, whatever its address; as HostKeyAlias in ssh_config. */
  hostKeyAlias: z
    .string()
    .regex(/^[^\s,*?!|#@]+$/, 'must be a plain name')
    .optional(),
  /** `user@host:port` of a bastion, or several separated by commas. */
  proxyJump: z.string().min(1).optional(),
  /** A local command whose standard input and output are the connection; %h and %p stand for host and port. */
  proxyCommand: z.string().min(1).optional(),
  /** A local Unix socket that leads to the host's sshd. */
  socketPath: path.optional(),
  /** The file to read in place of `~/.ssh/config`; false for none. */
  sshConfigFile: z.union([path, z.literal(false)]).optional(),
  /** Time for connecting and logging in; default 15,000. */
  connectTimeoutMs: milliseconds.optional(),
  /** How long a connection that was lost is tried again, default 60,000; 0 for not at all. */
  reconnectTimeoutMs: z.int().min(0).optional(),
  /** Why it cannot be connected to, where that is known beforehand: what an inventory source says of a host that is off. */
  unavailable: z.string().min(1).optional(),
  /** Whether to go on where the toolkit is not made for the host's system. */
  allowUnsupportedSystem: z.boolean().optional(),
  /** How often a silent connection is probed; default 5,000. After three probes without answer the host is lost. */
  keepaliveIntervalMs: milliseconds.optional(),
  /** Time for a shell to start: the login shell's own files, sudo, and the first answer; default 30,000. */
  shellTimeoutMs: milliseconds.optional(),
  /** How long the host may give no sign of life while a shell works there; default 120,000. Output is one, an answer to a probe too. */
  silenceTimeoutMs: milliseconds.optional(),
  /** How long one reading of the host may take; default 600,000. Commands that change something have `timeoutMs`. */
  readTimeoutMs: milliseconds.optional(),
  /** Bytes of a reading that are kept; default 64 MiB. One that prints more fails. */
  readLimitBytes: z.int().positive().optional(),
  /** Bytes that are kept of what commands print; default 8 MiB. Of more, the last are kept. */
  outputLimitBytes: z.int().positive().optional(),
  /** Characters that are shown of a line of output; default 10,000. */
  lineLimit: z.int().positive().optional(),
})

/** Connection settings, checked. */
export type ConnectionSettings = z.output<typeof connectionSchema>

/** A host as roles see it: its name and address, its variables, its groups, what was learned of it. */
export interface Host<HostVars = Record<string, unknown>> {
  readonly name: string
  /** The address in the inventory. */
  readonly address: string
  /** Variables that belong to this host. */
  readonly vars: HostVars
  /** The groups it is in, directly or by a group within. */
  readonly groups: readonly string[]
  /** Whether it is in this run and could be reached, so that its facts are known. */
  readonly reached: boolean
  /** What it is. Asking for them is an error where it was not {@link reached}. */
  readonly facts: Facts
}

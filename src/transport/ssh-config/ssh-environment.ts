/** What the SSH transport knows of the one who runs the toolkit; the command line fills it in. */

/** The surroundings of a connection, so that nothing here reads them from the process. */
export interface SshEnvironment {
  /** The home directory, for `~`. */
  readonly home: string
  /** The user who runs the toolkit. */
  readonly user: string
  readonly uid: number
  /** The name of this machine. */
  readonly localHost: string
  /** The variables of the process: SSH_AUTH_SOCK, SHELL, and those that ssh_config names. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** The user's ssh_config; default: `~/.ssh/config`. */
  readonly configFile?: string
  /** The machine's ssh_config; default: `/etc/ssh/ssh_config`. */
  readonly systemConfigFile?: string
}

/** What {@link createSshTransport} takes. */
export interface SshTransportOptions {
  /** Asks the user, without echo, for the passphrase of a key; never called for keys that are not needed. */
  prompt(question: string): Promise<string>
  /** Told what a person should know of although connecting goes on; with the host's name if it is about one. */
  notice?(text: string, host?: string): void
  readonly environment: SshEnvironment
}

/** `path` with `~` as the home directory. */
export function expandHome(path: string, { home }: SshEnvironment): string {
  return path === '~' || path.startsWith('~/') ? home + path.slice(1) : path
}

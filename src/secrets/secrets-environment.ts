/** What finding out secrets needs of the world around it. */

/** The process as secrets see it. */
export interface SecretsEnvironment {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The user's home folder. */
  readonly home: string
  /** Asks on the terminal without showing what is typed. */
  ask(question: string): Promise<string>
  /** Reports what is unsafe although it works. */
  warn?(text: string): void
}

/** Queries: what is asked of a host, as values that can be merged, so that one process answers hundreds of them. */

/** What a process left behind. */
export interface Output {
  /** Exit status; 128 + N for a process that signal N ended. */
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: Buffer
}

/** One way of asking: a script for any number of operands, and how its output is read. Neither does I/O. */
export interface QueryKind<Operand, Answer> {
  readonly name: string
  /** Two operands with the same key are the same question. */
  key(operand: Operand): string
  /** POSIX sh that answers for all operands, in order; it must only read. */
  script(operands: readonly Operand[]): string
  /** One answer an operand, in order. */
  parse(output: Output, operands: readonly Operand[]): readonly Answer[]
  /** At most this many operands go into one script; by default 2000. */
  readonly maxOperands?: number
}

/** One question to one host. */
export interface Query<Answer> {
  // biome-ignore lint/suspicious/noExplicitAny: the operand's type is known to the kind alone
  readonly kind: QueryKind<any, Answer>
  readonly operand: unknown
  /** Identity among the queries of all kinds. */
  readonly key: string
}

/** The questions of a resource by name. */
export type Queries = Readonly<Record<string, Query<unknown>>>

/** The answers to `Q`, by the same names. */
export type Answers<Q extends Queries> = { readonly [K in keyof Q]: Q[K] extends Query<infer Answer> ? Answer : never }

/** Makes the function that turns an operand into a query of this kind. */
export function defineQuery<Operand, Answer>(kind: QueryKind<Operand, Answer>): (operand: Operand) => Query<Answer> {
  return (operand) => ({ kind, operand, key: `${kind.name} ${kind.key(operand)}` })
}

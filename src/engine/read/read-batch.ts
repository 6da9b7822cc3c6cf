/** Batched reads: the queries of many tasks merged into few scripts, and their answers told apart again. */

import type { Output, Query } from '../../plan/query.ts'
import type { ReadSection, SectionResult } from '../../protocol/section.ts'

/** Answers by the key of their query. A query whose script or parser failed has the error in its place. */
export type AnswersByKey = ReadonlyMap<string, { readonly answer: unknown } | { readonly error: Error }>

/** Reads that go out together. */
export interface ReadBatch {
  readonly sections: readonly ReadSection[]
  /** Takes the results of {@link ReadBatch.sections}, in their order. */
  answers(results: readonly SectionResult[]): AnswersByKey
}

const defaultMaxOperands = 2000

/** Merges `queries`: equal ones are asked once, those of a kind share a script. */
export function batchReads(queries: Iterable<Query<unknown>>): ReadBatch {
  const unique = new Map<string, Query<unknown>>()
  for (const query of queries) if (!unique.has(query.key)) unique.set(query.key, query)
  const groups = [...Map.groupBy(unique.values(), ({ kind }) => kind)].flatMap(([kind, members]) =>
    chunks(members, kind.maxOperands ?? defaultMaxOperands).map((chunk) => ({ kind, members: chunk })),
  )
  return {
    sections: groups.map(({ kind, members }) => ({ kind: 'read', script: kind.script(members.map(operandOf)) })),
    answers: (results) =>
      new Map(
        groups.flatMap(({ kind, members }, index) => {
          const parsed = tryParse(() => kind.parse(results[index] as Output, members.map(operandOf)))
          return members.map((query, position) => [
            query.key,
            'error' in parsed ? parsed : { answer: parsed.answer[position] },
          ])
        }),
      ),
  }
}

function tryParse<T>(parse: () => T): { readonly answer: T } | { readonly error: Error } {
  try {
    return { answer: parse() }
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) }
  }
}

function operandOf(query: Query<unknown>): unknown {
  return query.operand
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

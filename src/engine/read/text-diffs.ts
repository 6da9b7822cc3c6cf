/** Diffs of text files: what a task is about to write, against what the host has. */

import { type FileContent, fileContent } from '../../resources/files/file-content.query.ts'
import { redact } from '../../shell/secret.ts'
import type { BuiltTask } from '../compile/built.ts'
import type { HostRun } from '../host/host-run.ts'
import type { Differing } from './reading.ts'

/** The unified diffs of the texts in `group`, by task. They cost one exchange for each user among the tasks. */
export async function textDiffs(host: HostRun, group: readonly Differing[]): Promise<Map<BuiltTask, string[]>> {
  const texts = group.flatMap(({ built, reading }) =>
    reading.changes.flatMap(({ text }) => (text ? [{ built, text, query: fileContent(text.path) }] : [])),
  )
  if (texts.length === 0) return new Map()
  const { unifiedDiff } = await import('../../plan/unified-diff.ts')
  const byUser = [...Map.groupBy(texts, ({ built }) => built.user)]
  const diffs = await Promise.all(
    byUser.map(async ([user, members]) => {
      const answers = await host.ask(
        user,
        members.map(({ query }) => query),
      )
      return members.map(({ built, text, query }): [BuiltTask, string] => {
        const found = answers.get(query.key)
        const content = found && 'answer' in found ? (found.answer as FileContent) : undefined
        if (content?.kind === 'file') return [built, redact(unifiedDiff(text.path, content.bytes.toString(), text.to))]
        if (content?.kind === 'absent') return [built, redact(unifiedDiff(text.path, null, text.to))]
        return [built, `${text.path}: no diff, because what is there was not read: ${content?.reason ?? 'no answer'}\n`]
      })
    }),
  )
  const rows = Map.groupBy(diffs.flat(), ([built]) => built)
  return new Map([...rows].map(([built, found]) => [built, found.map(([, diff]) => diff)]))
}

/** Diffs of text files: what a task is about to write, against what the host has. */

import { type FileContent, fileContent } from '../../resources/files/file-content.query.ts'
import { redact } from '../../shell/secret.ts'
import type { CompiledTask } from '../compile/compiled-play.ts'
import type { HostRun } from '../host/host-run.ts'
import type { Drifted } from './reading.ts'

/**
 * The unified diffs of the texts in `group`, by task; none unless the run is to show them. They cost one round trip for
 * each user among the tasks.
 */
export async function textDiffs(host: HostRun, group: readonly Drifted[]): Promise<Map<CompiledTask, string[]>> {
  if (!host.shared.diff) return new Map()
  const texts = group.flatMap(({ compiled, reading }) =>
    reading.changes.flatMap(({ text }) => (text ? [{ compiled, text, query: fileContent(text.path) }] : [])),
  )
  if (texts.length === 0) return new Map()
  const { unifiedDiff } = await import('../../plan/unified-diff.ts')
  const byUser = [...Map.groupBy(texts, ({ compiled }) => compiled.user)]
  const diffs = await Promise.all(
    byUser.map(async ([user, members]) => {
      const answers = await host.ask(
        user,
        members.map(({ query }) => query),
      )
      return members.map(({ compiled, text, query }): [CompiledTask, string] => {
        const found = answers.get(query.key)
        const content = found && 'answer' in found ? (found.answer as FileContent) : undefined
        if (content?.kind === 'file')
          return [compiled, redact(unifiedDiff(text.path, content.bytes.toString(), text.to))]
        if (content?.kind === 'absent') return [compiled, redact(unifiedDiff(text.path, null, text.to))]
        return [
          compiled,
          `${text.path}: no diff, because what is there was not read: ${content?.reason ?? 'no answer'}\n`,
        ]
      })
    }),
  )
  const rows = Map.groupBy(diffs.flat(), ([compiled]) => compiled)
  return new Map([...rows].map(([compiled, found]) => [compiled, found.map(([, diff]) => diff)]))
}

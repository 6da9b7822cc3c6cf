/** Commands that let a program of the host judge a configuration before it is in force. */

import { posix } from 'node:path'
import { z } from 'zod'
import { quote } from '../../shell/quote.ts'

/** The command that judges: `%s` stands for the new file; without it, the command sees the new file in its place. */
export const validate = z.string().trim().min(1).optional()

/** POSIX sh that runs `validate` on the file `staged`, which is to become `path`. Its failure leaves `path` as it was. */
export function validateFile(validate: string, staged: string, path: string): string {
  const judged = validate.includes('%s')
    ? subshell(validate.replaceAll('%s', () => quote(staged)))
    : inPrivate(
        `if [ -f ${quote(path)} ]; then mount --bind -- ${quote(staged)} ${quote(path)}
else ${copyFolder(posix.dirname(path))} && mv -fT -- ${quote(staged)} ${quote(path)}; fi || exit 1
cd /
${validate}`,
      )
  return `{ ${judged} || {
s=$?; echo ${quote(`validation failed, ${path} was left as it was: ${validate}`)} >&2; (exit $s); }; }`
}

/** POSIX sh that puts a copy of the folder into its place, for those in the same mount namespace alone. */
export function copyFolder(folder: string): string {
  // The shell stays in the real folder, so that it can still be read once the copy covers it.
  return `cd -- ${quote(folder)} && mount -t tmpfs -o mode=0755 tmpfs ${quote(folder)} && cp -a . ${quote(folder)}/`
}

/** POSIX sh that runs `script` where its mounts are seen by nobody else. */
export function inPrivate(script: string): string {
  return `unshare -m --propagation private -- sh -c ${quote(script)}`
}

/** POSIX sh that runs `script` so that neither its `cd` nor its `exit` matters to what follows. */
export function subshell(script: string): string {
  return `(\n${script}\n)`
}

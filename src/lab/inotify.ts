/** The kernel's limit of inotify instances for a user: all hosts of all labs share that of root, and its default is 128. */

import { readFile, writeFile } from 'node:fs/promises'
import type { OnLabEvent } from './lab-event.ts'

const setting = '/proc/sys/fs/inotify/max_user_instances'
// A booted host has about ten; this is enough for a hundred.
const enough = 1024

/**
 * Raises the limit where it is lower than a dozen hosts may need, and says so. It stays raised. Where the machine does not let
 * the limit be changed, what hosts lack is told when they do not boot.
 */
export async function raiseInotifyLimit(onEvent: OnLabEvent, path = setting): Promise<void> {
  const from = Number(await readFile(path, 'utf8').catch(() => enough))
  if (!(from < enough)) return
  const isRaised = await writeFile(path, `${enough}\n`).then(
    () => true,
    () => false,
  )
  if (isRaised) onEvent({ type: 'limit-raised', limit: 'fs.inotify.max_user_instances', from, to: enough })
}

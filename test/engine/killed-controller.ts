/** A controller that dies in the middle of a run. */

import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../bin/foobar-deploy.js', import.meta.url))

/**
 * A script of a host that waits for the task at which a controller died, and ends the shell that still holds the lock. It
 * would give the lock up by itself, but a minute later.
 */
export const untilUnlocked = `L=/run/foobar-deploy/root
i=0; while [ -e $L/lock ] && ! flock -w 1 $L/lock true; do
  i=$((i+1)); [ $i -lt 60 ] || exit 1
  read -r p _ <$L/owner && kill -USR1 "$p"
done 2>/dev/null`

/** Applies an inventory, given as its source, in a process of its own; kills that `laterMs` after it says that `task` has ended. */
export async function applyAndDie(source: string, task: string, laterMs = 0): Promise<void> {
  const inventory = join(tmpdir(), `killed-${process.pid}.ts`)
  writeFileSync(inventory, source)
  try {
    const controller = spawn(process.execPath, [cli, 'apply', inventory, '--output', 'json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, XDG_STATE_HOME: tmpdir() },
    })
    let heard = ''
    await new Promise<void>((resolve, reject) => {
      controller.stdout.on('data', (chunk: Buffer) => {
        heard += chunk
        const ended = heard.split('\n').filter((line) => line.includes('"task-finished"'))
        if (ended.some((line) => line.includes(`"title":${JSON.stringify(task)}`))) resolve()
      })
      controller.once('close', () => reject(new Error(`it ended too early:\n${heard}`)))
    })
    await delay(laterMs)
    controller.kill('SIGKILL')
  } finally {
    rmSync(inventory, { force: true })
  }
}

/** Locks between processes that the kernel releases by itself when their holder dies. */

import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { commandPath } from './require-environment.ts'

/** A held lock. */
export interface Lock {
  /**
   * The open file that holds the lock. A command that inherits it prolongs the lock until it ends, so what it was
   * doing when its parent was killed cannot collide with whoever takes the lock next.
   */
  readonly fd: number
}

/** Runs `action` while holding the lock of `file` exclusively; `onWait` is called when someone else holds it. */
export async function withLock<T>(file: string, onWait: () => void, action: (lock: Lock) => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true })
  const fd = openSync(file, 'a')
  try {
    // flock(1) locks the open file that it shares with this process, so the lock stays when the command has ended.
    if ((await flock(fd, '--nonblock')) !== 0) {
      onWait()
      await flock(fd)
    }
    return await action({ fd })
  } finally {
    closeSync(fd)
  }
}

function flock(fd: number, ...options: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    spawn('flock', [...options, '--exclusive', '3'], {
      stdio: ['ignore', 'ignore', 'inherit', fd],
      env: { PATH: commandPath },
    })
      .on('error', reject)
      .on('exit', resolve)
  })
}

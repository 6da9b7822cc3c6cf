/** SSH agents for tests. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Starts a real agent that holds `keys`, each with the certificate beside it. */
export async function startAgent(folder: string, keys: readonly string[]) {
  const socket = join(folder, `agent-${Math.random().toString(36).slice(2)}`)
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  while (!existsSync(socket)) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const key of keys) execFileSync('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return { socket, stop: () => void child.kill() }
}

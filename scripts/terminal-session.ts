/** A terminal of its own, by tmux, in which commands are typed and whose screen can be looked at. */

import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { Frame } from './terminal-picture.ts'

const prompt = '$ '
const intervalMs = 125
const longestMs = 1_200_000

/** A shell in a terminal of its own. */
export interface TerminalSession {
  /** Types a command and watches the screen until it is done; the frames that differ from the one before. */
  watch(command: string): Promise<Frame[]>
  close(): void
}

/** Opens a terminal in `folder` with these variables set. */
export function openTerminal(
  folder: string,
  size: { readonly columns: number; readonly rows: number },
  environment: Readonly<Record<string, string>>,
): TerminalSession {
  const socket = `foobar-deploy-record-${randomUUID()}`
  const tmux = (...words: readonly string[]) =>
    execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words]).toString()
  const { CI: _ci, NO_COLOR: _noColour, FORCE_COLOR: _force, TMUX: _tmux, ...inherited } = process.env
  const variables = Object.entries({ ...environment, PS1: prompt }).map(([name, value]) => `${name}=${value}`)
  const shell = ['env', ...variables, 'bash', '--norc', '--noprofile']
  execFileSync(
    'tmux',
    [
      '-L',
      socket,
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      `${size.columns}`,
      '-y',
      `${size.rows}`,
      '-c',
      folder,
      ...shell,
    ],
    { env: { ...inherited, LANG: 'C.UTF-8' } },
  )
  // Which mirror the packages came from is nobody's business.
  const screen = () =>
    tmux('capture-pane', '-p', '-e')
      .replaceAll(/(https?:\/\/)[\w.-]+\//g, '$1mirror/')
      .replace(/\n+$/, '')
      .split('\n')
  return {
    async watch(command) {
      tmux('send-keys', 'C-l')
      tmux('clear-history')
      await pause(300)
      tmux('send-keys', '-l', command)
      await pause(300)
      const frames: Frame[] = [{ atMs: 0, lines: screen() }]
      const startedMs = performance.now()
      tmux('send-keys', 'Enter')
      for (;;) {
        await pause(intervalMs)
        const lines = screen()
        const atMs = Math.round(performance.now() - startedMs)
        if (lines.length > 1 && stripVTControlCharacters(lines.at(-1) ?? '') === prompt.trimEnd()) {
          frames.push({ atMs, lines: lines.slice(0, -1) })
          return frames
        }
        if (lines.join('\n') !== frames.at(-1)?.lines.join('\n')) frames.push({ atMs, lines })
        if (atMs > longestMs) throw new Error(`${command} did not end:\n${lines.join('\n')}`)
      }
    },
    close: () => void tmux('kill-server'),
  }
}

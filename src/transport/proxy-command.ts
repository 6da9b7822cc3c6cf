/** ProxyCommand: a local command whose standard input and output are the link. */

import { spawn } from 'node:child_process'
import { kill } from 'node:process'
import { Duplex } from 'node:stream'
import { quote } from '../shell/quote.ts'
import { redact } from '../shell/secret.ts'
import type { ConnectAttempt } from './connect-attempt.ts'
import type { Link } from './link.ts'
import { addressOf, type Destination } from './ssh-config/destination.ts'
import type { Tokens } from './ssh-config/tokens.ts'
import { unreachable } from './unreachable.ts'

const longestExplanation = 2000
const lastWordsMs = 200
const endingGraceMs = 1000

/** Starts `command` as the link to `destination`. */
export function startProxy(
  { command, tokens }: { readonly command: string; readonly tokens: Tokens },
  destination: Destination,
  attempt: ConnectAttempt,
): Link {
  const script = expandProxyTokens(command, tokens, destination)
  // Its own process group, so that Ctrl-C leaves the link to us; the whole group ends with it.
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'pipe', detached: true })
  const traffic = { sent: 0, received: 0 }
  let explanation = ''
  let hasClosed = false
  const stream = new Duplex({
    read: () => void child.stdout.resume(),
    write(chunk: Buffer, _encoding, done) {
      traffic.sent += chunk.length
      // That it reads no more is told by its end, with its last words.
      child.stdin.write(chunk, () => done())
    },
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      done(error)
      if (hasClosed) return
      endGroup(child.pid, 'SIGTERM')
      // What does not end for a polite word must not keep this process from ending.
      const timer = setTimeout(() => {
        endGroup(child.pid, 'SIGKILL')
        for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
        child.unref()
      }, endingGraceMs)
      child.once('close', () => clearTimeout(timer))
    },
  })
  child.stdin.on('error', () => {})
  child.stdout.on('data', (chunk: Buffer) => {
    traffic.received += chunk.length
    if (!stream.push(chunk)) child.stdout.pause()
  })
  // The exit status and the last words come a little later than the end of the output, if they come.
  child.stdout.on('end', () => void setTimeout(() => endStream(), lastWordsMs).unref())
  child.stderr.on('data', (chunk: Buffer) => {
    explanation = (explanation + chunk.toString()).slice(-longestExplanation)
  })
  let hasEnded = false
  const endStream = () => {
    if (hasEnded) return
    hasEnded = true
    stream.push(null)
  }
  const fail = (how: string) => {
    attempt.fail(
      unreachable('proxy-failed', {
        host: destination.name,
        detail: `${redact(command)} ${how}${explanation === '' ? '' : `: ${redact(explanation.trim())}`}`,
        hint: `Try it by hand; %h, %p and %r were ${destination.host}, ${destination.port} and ${destination.user}.`,
      }),
    )
  }
  child.on('error', (cause) => fail(`could not be started: ${cause.message}`))
  child.on('close', (status, signal) => {
    hasClosed = true
    fail(signal === null ? `ended with status ${status}` : `was ended by ${signal}`)
    endStream()
  })
  stream.on('error', () => {})
  attempt.phase = 'waiting for the greeting of sshd through the proxy command'
  attempt.onFailure(() => stream.destroy())
  return {
    stream,
    traffic: () => ({ ...traffic }),
    close: () => void stream.end(() => stream.destroy()),
    explain: () => (explanation === '' ? undefined : redact(explanation.trim())),
  }
}

/** `command` with its tokens replaced. */
export function expandProxyTokens(command: string, tokens: Tokens, destination: Destination): string {
  const fail = (detail: string, hint: string) =>
    unreachable('proxy-failed', { host: destination.name, detail: `${detail} (${addressOf(destination)})`, hint })
  return command.replace(/%(.?)/gs, (token, letter: string) => {
    if (letter === '%') return '%'
    const word = tokens[letter]
    if (word === undefined) {
      throw fail(
        `${token} is no token of ProxyCommand`,
        'There are %h, %k, %n, %p and %r. A percent sign is written %%.',
      )
    }
    // A word that begins with a dash would be an option of the command.
    if (quote(word) === word && !word.startsWith('-')) return word
    throw fail(
      `${JSON.stringify(word)} cannot stand for ${token} in a command`,
      'Host and user of a proxied host must be plain words.',
    )
  })
}

function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    kill(-pid, signal)
  } catch {
    // It has ended by itself.
  }
}

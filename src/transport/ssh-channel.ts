/** Channels over SSH: one remote process each, without a terminal. */

import type { ClientChannel } from 'ssh2'
import { messageOf } from '../errors.ts'
import type { Session } from './session.ts'
import type { Channel, ChannelEnd, ChannelListener } from './transport.ts'
import { unreachable } from './unreachable.ts'
import { inputOf } from './writable-input.ts'

/** Starts `command` on the host of `session`. */
export function openSshChannel(
  session: Session,
  command: string,
  listener: ChannelListener,
  { host, timeoutMs }: { readonly host: string; readonly timeoutMs: number },
): Promise<Channel> {
  const { promise, resolve, reject } = Promise.withResolvers<Channel>()
  const lost = session.lost()
  if (lost) return Promise.reject(lost)
  let isLate = false
  // A host that answers probes and nothing else is never lost.
  const timer = setTimeout(() => {
    isLate = true
    stopWaiting()
    reject(
      unreachable('channel-timed-out', {
        host,
        detail: `sshd gave no answer within ${timeoutMs} ms`,
        hint: 'Look into its log: a PAM module, a full disk or a directory service may keep it waiting. connectTimeoutMs allows more.',
      }),
    )
  }, timeoutMs)
  const stopListening = session.onLost((error) => {
    stopWaiting()
    reject(error)
  })
  const stopWaiting = () => {
    clearTimeout(timer)
    stopListening()
  }
  const refuse = (cause: unknown) => {
    stopWaiting()
    reject(
      session.lost() ??
        unreachable('channel-refused', {
          host,
          detail: messageOf(cause),
          hint: 'sshd allows MaxSessions (10 by default) sessions a connection; ForceCommand or a full disk may be reasons too.',
          cause,
        }),
    )
  }
  try {
    session.client.exec(command, (error, stream) => {
      if (error) return refuse(error)
      if (isLate) return stream.destroy()
      stopWaiting()
      resolve(channelOf(stream, session, listener, host))
    })
  } catch (thrown) {
    refuse(thrown)
  }
  return promise
}

function channelOf(stream: ClientChannel, session: Session, listener: ChannelListener, host: string): Channel {
  const input = inputOf(stream, host)
  let end: ChannelEnd | undefined
  let finished = false
  const finish = (how: ChannelEnd) => {
    if (finished) return
    finished = true
    stopWatching()
    listener.closed(how)
  }
  const stopWatching = session.onLost((error) => {
    input.fail(error)
    finish({ kind: 'lost', error })
  })

  stream.on('exit', (status: number | null, signal?: string) => {
    end = status === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', status }
  })
  stream.on('data', (chunk: Buffer) => {
    if (!finished) listener.stdout(chunk)
  })
  stream.stderr.on('data', (chunk: Buffer) => {
    if (!finished) listener.stderr(chunk)
  })
  // The outputs are closed apart, and each may still have chunks to give when the other is closed.
  const open = new Set(['stdout', 'stderr'])
  const closed = (output: string) => {
    open.delete(output)
    if (open.size > 0) return
    finish(
      end ?? {
        kind: 'lost',
        error: unreachable('connection-lost', { host, detail: 'the session ended without an exit status' }),
      },
    )
  }
  stream.on('close', () => closed('stdout'))
  stream.stderr.on('close', () => closed('stderr'))

  return { write: (bytes) => input.write(bytes), end: () => input.end() }
}

/** `run`: a command on each host, with what it writes as it comes. */

import { StringDecoder } from 'node:string_decoder'
import { cutLines } from '../../engine/apply/output-lines.ts'
import { connectionTarget } from '../../engine/host/connection-target.ts'
import { limitsOf } from '../../engine/host/session-limits.ts'
import { interrupted, notReady } from '../../engine/host/shell-failure.ts'
import { exitCodes, FoobarDeployError } from '../../errors.ts'
import type { Inventory } from '../../model/inventory.ts'
import { KeptOutput } from '../../protocol/kept-output.ts'
import { hintLines } from '../../report/error-text.ts'
import { linesOf, printable } from '../../report/format.ts'
import { dataLine, plainError } from '../../report/json-lines.ts'
import type { Paint } from '../../report/paint.ts'
import { quote } from '../../shell/quote.ts'
import type { ChannelEnd, Connection, Transport } from '../../transport/transport.ts'
import type { Arguments } from '../arguments.ts'
import { reachInventory } from '../reach-inventory.ts'
import { listenToSignals } from '../signals.ts'
import { paintFor, tell, write } from '../terminal.ts'

/** How the command ended on a host. */
interface Ended {
  readonly host: string
  readonly end: ChannelEnd
  readonly stdout: string
  readonly stderr: string
}

/** Runs what stands after `--`; the exit code is 0, 2 where the command failed, 4 where a host was not reached. */
export async function runCommandOnHosts(args: Arguments, become: string | undefined): Promise<number> {
  const command = commandText(args.rest, become)
  const { inventory, transport } = await reachInventory(args)
  const [{ selectHosts }, { forEachConcurrently }] = await Promise.all([
    import('../../engine/compile/selection.ts'),
    import('../../engine/concurrency.ts'),
  ])
  const hosts = selectHosts(inventory, args.limit)
  const width = Math.max(...hosts.map((host) => host.length))
  const paint = await paintFor('stdout')
  const json = args.output === 'json'
  const signals = listenToSignals(tell)
  const codes: number[] = []
  try {
    await forEachConcurrently(hosts, args.forks, async (host) => {
      const { lineLimit } = connectionTarget(inventory, host).settings
      const say = json ? () => {} : lineWriter(`${host.padEnd(width)} ${paint('quiet', '|')} `, lineLimit)
      const ended = await runOn(host, inventory, transport, command, say, signals.stop)
      codes.push(exitCodeOf(ended.end))
      write(json ? jsonLine(ended) : endText(ended, width, paint))
    })
  } finally {
    signals.dispose()
  }
  return signals.stop.aborted ? exitCodes.interrupted : Math.max(...codes)
}

/** One word is a script; several are a command and its arguments, each passed as it is. */
export function commandText(words: readonly string[], become: string | undefined): string {
  if (words.length === 0) {
    throw new FoobarDeployError('usage', 'command-missing', 'Write the command after --', {
      hint: 'For example foobar-deploy run inventory/dev.ts -- uptime',
    })
  }
  const script = words.length === 1 ? String(words[0]) : words.map(quote).join(' ')
  const shell = `sh -c ${quote(script)}`
  return become === undefined ? shell : `sudo -n -u ${quote(become)} -- ${shell}`
}

async function runOn(
  host: string,
  inventory: Inventory,
  transport: Transport,
  command: string,
  say: LineWriter,
  stop: AbortSignal,
): Promise<Ended> {
  const target = connectionTarget(inventory, host)
  const limits = limitsOf(target.settings)
  const budget = { left: limits.outputLimitBytes, isWhole: false }
  const collected = { stdout: new KeptOutput(budget), stderr: new KeptOutput(budget) }
  const output = () => ({ stdout: `${collected.stdout.toBuffer()}`, stderr: `${collected.stderr.toBuffer()}` })
  // Whoever closes the connection has not lost it.
  const endOf = (end: ChannelEnd): ChannelEnd =>
    end.kind === 'lost' && stop.aborted ? { kind: 'lost', error: interrupted(host, stop) } : end
  let connection: Connection | undefined
  const close = () => connection?.close()
  try {
    connection = await transport.connect(target, stop)
    stop.addEventListener('abort', close)
    const { promise, resolve } = Promise.withResolvers<ChannelEnd>()
    const listen = (stream: 'stdout' | 'stderr') => {
      const decoder = new StringDecoder('utf8')
      return (chunk: Buffer) => {
        collected[stream].push(chunk)
        say(decoder.write(chunk), false)
      }
    }
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(notReady({ host, user: undefined, limits }, false, '')),
      limits.shellTimeoutMs,
    )
    const opening = connection.open(command, {
      stdout: listen('stdout'),
      stderr: listen('stderr'),
      closed: resolve,
    })
    const channel = await Promise.race([opening, late.promise]).finally(() => clearTimeout(timer))
    channel.end()
    return { host, end: endOf(await promise), ...output() }
  } catch (thrown) {
    if (!(thrown instanceof FoobarDeployError)) throw thrown
    return { host, end: endOf({ kind: 'lost', error: thrown }), ...output() }
  } finally {
    say('', true)
    stop.removeEventListener('abort', close)
    close()
  }
}

type LineWriter = (text: string, isEnd: boolean) => void

/** Writes whole lines with a prefix; what is left at the end is a line too. */
function lineWriter(prefix: string, lineLimit?: number): LineWriter {
  const lines = cutLines(lineLimit)
  return (text, isEnd) => {
    const whole = `${lines.add(text)}${isEnd ? lines.end() : ''}`
    if (whole !== '')
      write(
        linesOf(whole)
          .map((line) => `${prefix}${line}\n`)
          .join(''),
      )
  }
}

function exitCodeOf(end: ChannelEnd): number {
  if (end.kind === 'lost') return end.error.exitCode
  return end.kind === 'exit' && end.status === 0 ? 0 : exitCodes.task
}

function endText({ host, end }: Ended, width: number, paint: Paint): string {
  const prefix = `${host.padEnd(width)} ${paint('quiet', '|')} `
  if (end.kind === 'lost') {
    const word = end.error.family === 'interrupted' ? 'interrupted' : 'unreachable'
    const lines = [paint('unreachable', `${word}: ${printable(end.error.message)}`), ...hintLines(end.error, paint)]
    return lines.map((line) => `${prefix}${line}\n`).join('')
  }
  if (end.kind === 'signal') return `${prefix}${paint('failed', `ended by signal ${printable(end.signal)}`)}\n`
  return end.status === 0 ? '' : `${prefix}${paint('failed', `exit status ${end.status}`)}\n`
}

function jsonLine({ host, end, stdout, stderr }: Ended): string {
  const status = end.kind === 'exit' ? { status: end.status } : {}
  const signal = end.kind === 'signal' ? { signal: end.signal } : {}
  const error = end.kind === 'lost' ? { error: plainError(end.error) } : {}
  return dataLine({ type: 'command-finished', host, ...status, ...signal, ...error, stdout, stderr }, Date.now())
}

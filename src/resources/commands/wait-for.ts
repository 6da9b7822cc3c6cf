/** Waits until a port listens, a URL answers, or a path exists or is gone. */

import { z } from 'zod'
import { defineResource } from '../../model/task.ts'
import { Unavailable } from '../../plan/resource.ts'
import { type Command, sh, withInput } from '../../shell/command.ts'
import { absolutePath } from '../files/file-attributes.ts'
import { headerLines, httpHeaders, httpStatus, httpUrl } from './http-headers.ts'
import { type Probe, type ProbeAnswer, probe, probeScript } from './probe.query.ts'
import { probeFunctions } from './probe-functions.ts'

const patience = {
  /** How long to wait at most; default 60,000. (`timeoutMs`, which every task has, ends it without showing what was found.) */
  withinMs: z.int().min(100).default(60_000),
  /** How long to wait between two looks; default 200. */
  intervalMs: z.int().min(50).default(200),
}

const port = z.strictObject({
  /** A port that must accept connections. */
  port: z.int().min(1).max(65_535),
  /** The host with the port; default `127.0.0.1`. */
  host: z
    .string()
    .regex(/^[A-Za-z0-9:._-]+$/, 'must be a name or an address')
    .default('127.0.0.1'),
  ...patience,
})
const http = z.strictObject({
  /** An address that must answer. */
  http: httpUrl,
  /** The status of the answer, or several; a redirection is not followed. Default 200. */
  status: httpStatus,
  /** A text that must be in the answer. */
  contains: z.string().min(1).optional(),
  /** Headers of the request, such as `Host`; a value may be a secret. */
  headers: httpHeaders,
  ...patience,
})
const path = z.strictObject({
  /** A path that must exist, or must be gone. */
  path: absolutePath,
  state: z.enum(['present', 'absent']).default('present'),
  ...patience,
})

/** What a `waitFor` task may say. */
export type WaitForInput = z.input<typeof port> | z.input<typeof http> | z.input<typeof path>

const schema = z.union([port, http, path], {
  error: 'Say what to wait for: one of port, http and path, and what belongs to it',
}) as unknown as z.ZodType<Desired, WaitForInput>

type Desired = z.output<typeof port> | z.output<typeof http> | z.output<typeof path>

type State = Exclude<ProbeAnswer, { kind: 'blind' }>

/**
 * Waits until something has come. Nothing is changed: where it is there already, the task is `ok` at no cost; `changed` says
 * that it has come during this run. A plan says that it would have to wait.
 *
 * Ports of the host itself are looked up with its kernel; other hosts are connected to, with bash or nc. For `http`, the host
 * needs curl, or bash if it is no https.
 *
 * @example
 * ```ts
 * import { waitFor } from 'foobar-deploy'
 *
 * waitFor({ port: 3306 })
 * waitFor({ http: 'http://127.0.0.1:8080/healthz', contains: 'ok', withinMs: 120_000 })
 * waitFor({ path: '/run/app.pid', state: 'absent' })
 * ```
 */
export const waitFor = defineResource({
  type: 'waitFor',
  schema,
  id: describe,
  read: (desired) => ({ answer: probe(probeOf(desired)) }),
  parse: ({ answer }, desired): State | Unavailable =>
    answer.kind === 'blind'
      ? new Unavailable(
          `the host cannot look for ${describe(desired)}: it has ${answer.lacking}`,
          'Install one before this task.',
          ['program bash', 'program nc', 'program curl'],
        )
      : answer,
  provides: (desired) => ['path' in desired ? `path ${desired.path}` : `answer ${describe(desired)}`],
  diff: (current, desired) =>
    current.kind === 'yes' ? [] : [{ key: describe(desired), from: current.seen, to: 'ready' }],
  *apply(_changes, desired) {
    yield wait(desired)
  },
})

function probeOf(desired: Desired): Probe {
  if ('port' in desired) return { kind: 'port', host: desired.host, port: desired.port }
  if ('path' in desired) return { kind: 'path', path: desired.path, present: desired.state === 'present' }
  const { http: url, status, contains, headers } = desired
  return { kind: 'http', url, status, contains, headers: headerLines(headers) }
}

function describe(desired: Desired): string {
  if ('port' in desired) return `port ${desired.port}${desired.host === '127.0.0.1' ? '' : ` of ${desired.host}`}`
  return 'path' in desired ? `${desired.path}${desired.state === 'absent' ? ' to be gone' : ''}` : desired.http
}

function wait(desired: Desired): Command {
  const { withinMs, intervalMs } = desired
  const functions: Command = { kind: 'command', script: probeFunctions }
  const wanted = probeOf(desired)
  // Headers come by the standard input, since scripts are shown where they fail.
  const headers = wanted.kind === 'http' && wanted.headers !== '' ? wanted.headers : undefined
  const look: Command = { kind: 'command', script: probeScript(wanted, headers && '"$headers"') }
  // /proc/uptime counts hundredths of a second, and reading it takes no process.
  const command = sh`(
${functions}
${headers ? sh`headers=$(cat)` : sh`:`}
now() { read -r up _ </proc/uptime; up=\${up%.*}\${up#*.}; }
now
end=$((up + ${Math.ceil(withinMs / 10)}))
while :; do
  sockets
  seen=$(${look})
  case $seen in yes) exit 0 ;; '! '*) break ;; esac
  now
  [ "$up" -lt "$end" ] || break
  sleep ${intervalMs / 1000}
done
printf '%s: %s\\n' ${`waited ${withinMs / 1000} s for ${describe(desired)}, and the last look found`} "$seen" >&2
exit 1
)`
  return headers ? withInput(command, headers) : command
}

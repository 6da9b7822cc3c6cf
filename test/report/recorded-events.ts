/** Events as a run emits them, for the reporters' tests: a change, a diff, a failure, an unreachable host. */

import type { HostRecap, RunEvent, TaskReference } from '../../src/engine/events.ts'
import { FoobarDeployError } from '../../src/errors.ts'
import type { Status } from '../../src/plan/status.ts'

/** A task as events name it. */
export function reference(index: number, title: string, more: Partial<TaskReference> = {}): TaskReference {
  return { index, title, type: title.split(' ')[0] ?? 'file', play: 'Web', role: 'nginx', ...more }
}

/** A recap in which all counts are 0 but these. */
export function recap(counts: Partial<Record<Status, number>>, more: Partial<HostRecap> = {}): HostRecap {
  return {
    statuses: { ok: 0, changed: 0, unknown: 0, skipped: 0, failed: 0, unreachable: 0, ...counts },
    roundTrips: 3,
    bytesSent: 14_100,
    bytesReceived: 2_300_000,
    timings: { connectMs: 48, firstRoundTripMs: 60, readMs: 90, applyMs: 112 },
    notReached: [],
    ignored: [],
    pendingHandlers: [],
    ...more,
  }
}

export const packages = reference(0, 'apt nginx')
export const configuration = reference(1, 'template /etc/nginx/nginx.conf')
export const unit = reference(2, 'service nginx')
export const cache = reference(4, 'command warm the cache')
export const reload = reference(3, 'service nginx', { handler: 'reload nginx' })

export const taskFailed = new FoobarDeployError('task', 'command-failed', 'A command failed on the host', {
  detail: 'nginx -t ended with status 1\nnginx: [emerg] unknown directive "gzipp" in /etc/nginx/nginx.conf:7',
  hint: 'Mend the template and apply again; the old file is still in place.',
  host: 'web2',
  task: 'template /etc/nginx/nginx.conf',
  at: { file: '/project/roles/nginx/role.ts', line: 12, column: 7 },
})

const mayFail = new FoobarDeployError('task', 'command-failed', 'A command failed on the host', {
  detail: 'exit status 7',
  host: 'web1',
  task: 'command warm the cache',
})

export const unreachable = new FoobarDeployError('unreachable', 'connection-refused', 'The host refuses connections', {
  detail: '192.168.56.13 port 22',
  host: 'balancer1',
})

const diff =
  '--- /etc/nginx/nginx.conf\n+++ /etc/nginx/nginx.conf\n@@ -1,2 +1,2 @@\n user www-data;\n-worker_processes 1;\n+worker_processes 4;\n'

/** An apply in which something of everything happens. */
export const applyEvents: readonly RunEvent[] = [
  { type: 'run-started', mode: 'apply', runId: 'a1b2c3', playbook: 'site', hosts: ['web1', 'web2', 'balancer1'] },
  { type: 'host-connected', host: 'web1', durationMs: 48.3 },
  { type: 'host-connected', host: 'web2', durationMs: 51.2 },
  { type: 'host-failed', host: 'balancer1', error: unreachable },
  { type: 'host-ready', host: 'web1', tasks: 3 },
  { type: 'host-ready', host: 'web2', tasks: 3 },
  { type: 'play-started', play: 'Web', hosts: ['web1', 'web2'], batch: { number: 1, of: 2 } },
  { type: 'task-started', host: 'web1', task: packages },
  {
    type: 'task-output',
    host: 'web1',
    task: packages,
    text: 'Unpacking nginx\r\nSetting up \x1b[31mnginx\x1b[0m (1.26)\n',
  },
  {
    type: 'task-finished',
    host: 'web1',
    task: packages,
    status: 'changed',
    changes: [{ key: 'nginx', from: null, to: 'installed' }],
    diffs: [],
    durationMs: 4200,
  },
  { type: 'task-started', host: 'web2', task: packages },
  { type: 'task-finished', host: 'web2', task: packages, status: 'ok', changes: [], diffs: [], durationMs: 0 },
  { type: 'task-started', host: 'web1', task: configuration },
  {
    type: 'task-finished',
    host: 'web1',
    task: configuration,
    status: 'changed',
    changes: [
      { key: 'content', from: 'a\nb\nc\n', to: 'a\nB\nc\n' },
      { key: 'mode', from: '0600', to: '0644' },
    ],
    diffs: [diff],
    durationMs: 120,
  },
  { type: 'task-started', host: 'web2', task: configuration },
  {
    type: 'task-finished',
    host: 'web2',
    task: configuration,
    status: 'failed',
    changes: [{ key: 'mode', from: '0600', to: '0644' }],
    diffs: [],
    error: taskFailed,
    durationMs: 130,
  },
  { type: 'host-failed', host: 'web2', error: taskFailed },
  { type: 'host-reconnected', host: 'web1', reason: 'the connection was reset' },
  {
    type: 'task-finished',
    host: 'web1',
    task: unit,
    status: 'skipped',
    changes: [],
    diffs: [],
    reason: 'not for this init',
    durationMs: 0,
  },
  {
    type: 'notice',
    host: 'web1',
    text: 'command warm the cache: attempt 1 of 2: A command failed on the host; again in 1 s',
  },
  {
    type: 'task-finished',
    host: 'web1',
    task: cache,
    status: 'failed',
    changes: [],
    diffs: [],
    error: mayFail,
    ignored: true,
    durationMs: 1500,
  },
  { type: 'task-started', host: 'web1', task: reload },
  {
    type: 'task-finished',
    host: 'web1',
    task: reload,
    status: 'changed',
    changes: [{ key: 'reloaded', from: false, to: true }],
    diffs: [],
    durationMs: 80,
  },
  { type: 'notice', text: 'Stopping after what is being applied now.' },
  {
    type: 'run-finished',
    mode: 'apply',
    exitCode: 4,
    durationMs: 5321,
    interrupted: false,
    recap: {
      web1: recap({ changed: 3, skipped: 1, failed: 1 }, { ignored: ['command warm the cache'] }),
      web2: recap(
        { ok: 1, failed: 1 },
        { error: taskFailed, notReached: ['service nginx'], pendingHandlers: ['reload nginx'] },
      ),
      balancer1: recap({ unreachable: 1 }, { error: unreachable, roundTrips: 0 }),
    },
  },
]

/** A plan with a task whose outcome is not known yet. */
export const planEvents: readonly RunEvent[] = [
  { type: 'run-started', mode: 'plan', runId: 'd4e5f6', playbook: 'site', hosts: ['web1'] },
  { type: 'host-connected', host: 'web1', durationMs: 48.3 },
  { type: 'host-ready', host: 'web1', tasks: 2 },
  { type: 'play-started', play: 'Web', hosts: ['web1'] },
  {
    type: 'task-finished',
    host: 'web1',
    task: packages,
    status: 'changed',
    changes: [{ key: 'nginx', from: null, to: 'installed' }],
    diffs: [],
    durationMs: 0,
  },
  {
    type: 'task-finished',
    host: 'web1',
    task: unit,
    status: 'unknown',
    changes: [],
    diffs: [],
    reason: 'depends on apt nginx',
    durationMs: 0,
  },
  {
    type: 'run-finished',
    mode: 'plan',
    exitCode: 0,
    durationMs: 310,
    interrupted: false,
    recap: { web1: recap({ changed: 1, unknown: 1 }) },
  },
]

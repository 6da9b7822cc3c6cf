/** Rows of `cron`, and of `cron` with `cron_file`. */

import { cron } from '../../src/index.ts'
import type { AnsibleTask, Comparison } from './comparison.ts'

type Options = Omit<Parameters<typeof cron>[0], 'name'>
type Rest = Pick<Comparison, 'reports' | 'differs' | 'start'>

function row(name: string, file: string, ours: Options, theirs: readonly object[], rest: Rest = {}): Comparison {
  return {
    name: `cron: ${name}`,
    ours: () => cron({ name: file, ...ours }),
    theirs: () => theirs.map((task): AnsibleTask => ({ cron: { name: file, cron_file: file, user: 'root', ...task } })),
    looks: { paths: [`/etc/cron.d/${file}`] },
    ...rest,
  }
}

/** A start that is Ansible's own, so that it knows the entry again. */
const had = (file: string, line: string) =>
  `printf '%s\\n' '#Ansible: ${file}' '${line}' >/etc/cron.d/${file}; chmod 0644 /etc/cron.d/${file}\n`
const absent = { state: 'absent' } as const

export const cronRows: readonly Comparison[] = [
  row('by hour and minute', 'c-made', { schedule: { hour: 3, minute: 30 }, command: 'echo a' }, [
    { hour: '3', minute: '30', job: 'echo a' },
  ]),
  row('steps, lists and names', 'c-steps', { schedule: '0-59/5 8,20 1-15 jan-mar mon', command: 'echo a' }, [
    { minute: '0-59/5', hour: '8,20', day: '1-15', month: 'jan-mar', weekday: 'mon', job: 'echo a' },
  ]),
  row('a word', 'c-daily', { schedule: '@daily', command: 'echo a' }, [{ special_time: 'daily', job: 'echo a' }]),
  row('at the boot', 'c-reboot', { schedule: '@reboot', command: 'echo a' }, [
    { special_time: 'reboot', job: 'echo a' },
  ]),
  row('of another user', 'c-user', { schedule: '@hourly', user: 'games', command: 'echo a' }, [
    { special_time: 'hourly', user: 'games', job: 'echo a' },
  ]),
  row('what shells read', 'c-shell', { schedule: '@daily', command: `echo "$HOME" '\`id\`' >/dev/null 2>&1 # ü` }, [
    { special_time: 'daily', job: `echo "$HOME" '\`id\`' >/dev/null 2>&1 # ü` },
  ]),
  row('a percent sign, escaped', 'c-escaped', { schedule: '@daily', command: 'date +\\%F' }, [
    { special_time: 'daily', job: 'date +\\%F' },
  ]),
  row(
    'a percent sign',
    'c-percent',
    { schedule: '@daily', command: 'date +%F' },
    [{ special_time: 'daily', job: 'date +%F' }],
    {
      differs: {
        why: 'a % of the command is a %: cron ends the command at a bare one and feeds it the rest, which nobody means who writes date +%F',
        ours: ['/etc/cron.d/c-percent 0644 root:root "@daily root date +\\\\%F\\n"'],
        theirs: ['/etc/cron.d/c-percent 0644 root:root "@daily root date +%F\\n"'],
      },
    },
  ),
  row(
    'variables',
    'c-variables',
    { schedule: '@daily', command: 'echo a', environment: { MAILTO: '', LEVEL: 'a b' } },
    [
      { name: 'LEVEL', env: true, job: 'a b' },
      { name: 'MAILTO', env: true, job: '' },
      { special_time: 'daily', job: 'echo a' },
    ],
  ),
  row(
    'the same already',
    'c-same',
    { schedule: '@daily', command: 'echo a' },
    [{ special_time: 'daily', job: 'echo a' }],
    {
      start: had('c-same', '@daily root echo a'),
      differs: {
        why: "the whole file is the resource's own: the comment by which Ansible knows its entry goes",
        ours: ['reports changed, then ok'],
        theirs: ['reports ok, then ok'],
      },
    },
  ),
  row(
    'another command',
    'c-changed',
    { schedule: '@daily', command: 'echo b' },
    [{ special_time: 'daily', job: 'echo b' }],
    {
      start: had('c-changed', '@daily root echo a'),
    },
  ),
  row(
    'another schedule',
    'c-moved',
    { schedule: '5 4 * * *', command: 'echo a' },
    [{ minute: '5', hour: '4', job: 'echo a' }],
    {
      start: had('c-moved', '@daily root echo a'),
    },
  ),
  row('absent', 'c-absent', absent, [absent], { start: had('c-absent', '@daily root echo a') }),
  row('absent already', 'c-gone', absent, [absent], { reports: 'ok' }),
]

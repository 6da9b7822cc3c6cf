/** Rows of `user`. */

import { Secret, user } from '../../src/index.ts'
import type { Comparison } from './comparison.ts'

type Options = Omit<Parameters<typeof user>[0], 'name'>
type Rest = Pick<Comparison, 'reports' | 'differs'> & { readonly paths?: readonly string[] }

/** `start` has the user's name in `$u`. */
function row(name: string, login: string, start: string, ours: Options, theirs: object, rest: Rest = {}): Comparison {
  const { paths = [], ...expected } = rest
  return {
    name: `user: ${name}`,
    start: start && `u=${login}\n${start}\n`,
    ours: () => user({ name: login, ...ours }),
    theirs: () => ({ user: { name: login, ...theirs } }),
    looks: { user: login, paths: [`/home/${login}`, ...paths] },
    ...expected,
  }
}

const absent = { state: 'absent' } as const
// Of the word "secret"; made for this table.
const hash = '$6$comparison$aSr3kmkBqO7RJYPQZpjPGt1S4oBSfxBWzIYdFBPPfuvDz1f1AMxqnVHLu3Wlv3IQNf3VFZQkTPA4rPvC1LQPl/'

export const accountRows: readonly Comparison[] = [
  row('made', 'u-made', '', {}, {}),
  row('there already', 'u-there', 'useradd -m "$u"', {}, {}, { reports: 'ok' }),
  row('of the system', 'u-system', '', { system: true }, { system: true, create_home: false }),
  row(
    'of the system, defaults',
    'u-daemon',
    '',
    { system: true },
    { system: true },
    {
      differs: {
        why: 'a user of the system gets no home unless createHome says so, as with useradd -r: the home of a service is made by its package or by directory',
        ours: [],
        theirs: [
          '/home/u-daemon directory 0755 u-daemon:u-daemon',
          '/home/u-daemon/.profile 0644 u-daemon:u-daemon "skel\\n"',
        ],
      },
    },
  ),
  row(
    'of the system, with a home',
    'u-served',
    '',
    { system: true, home: '/srv/u-served', createHome: true },
    { system: true, home: '/srv/u-served' },
    { paths: ['/srv/u-served'] },
  ),
  row('with a number', 'u-number', '', { uid: 70201 }, { uid: 70201 }),
  row('gets another number', 'u-renumber', 'useradd -m -u 70202 "$u"', { uid: 70203 }, { uid: 70203 }),
  row('first group', 'u-group', '', { group: 'games' }, { group: 'games' }),
  row('gets another first group', 'u-regroup', 'useradd -m "$u"', { group: 'games' }, { group: 'games' }),
  row(
    'a group of its name is there',
    'u-namesake',
    'groupadd -g 70300 "$u"',
    {},
    {},
    {
      differs: {
        why: 'a user belongs to the group of its own name, whether that was there before or not; Ansible then puts it into users, which it shares with others',
        ours: [
          '/home/u-namesake directory 0755 u-namesake:u-namesake',
          '/home/u-namesake/.profile 0644 u-namesake:u-namesake "skel\\n"',
          'user u-namesake of people group u-namesake home /home/u-namesake shell /bin/sh comment ',
        ],
        theirs: [
          '/home/u-namesake directory 0755 u-namesake:users',
          '/home/u-namesake/.profile 0644 u-namesake:users "skel\\n"',
          'user u-namesake of people group users home /home/u-namesake shell /bin/sh comment ',
        ],
      },
    },
  ),
  row('further groups', 'u-groups', '', { groups: ['mail', 'games'] }, { groups: ['mail', 'games'] }),
  row(
    'one more group',
    'u-append',
    'useradd -m -G mail "$u"',
    { groups: ['games'] },
    { groups: ['games'], append: true },
  ),
  row(
    'one more group, defaults',
    'u-default',
    'useradd -m -G mail "$u"',
    { groups: ['games'] },
    { groups: ['games'] },
    {
      differs: {
        why: 'groups are added; that a user leaves all others is said by exclusiveGroups, so that nobody loses sudo by a task that adds a group',
        ours: ['groups games mail'],
        theirs: ['groups games'],
      },
    },
  ),
  row(
    'exactly these groups',
    'u-exact',
    'useradd -m -G mail,audio "$u"',
    { groups: ['games', 'mail'], exclusiveGroups: true },
    { groups: ['games', 'mail'] },
  ),
  row('no further group', 'u-none', 'useradd -m -G mail "$u"', { groups: [], exclusiveGroups: true }, { groups: '' }),
  row(
    'in all groups already',
    'u-all',
    'useradd -m -G mail,games "$u"',
    { groups: ['mail'] },
    { groups: ['mail'], append: true },
    { reports: 'ok' },
  ),
  row(
    'a group that is not there',
    'u-nogroup',
    '',
    { groups: ['nobody-knows'] },
    { groups: ['nobody-knows'] },
    { reports: 'failed' },
  ),
  row('a shell', 'u-shell', '', { shell: '/bin/bash' }, { shell: '/bin/bash' }),
  row(
    'gets another shell',
    'u-reshell',
    'useradd -m -s /bin/sh "$u"',
    { shell: '/usr/sbin/nologin' },
    { shell: '/usr/sbin/nologin' },
  ),
  row('a home elsewhere', 'u-home', '', { home: '/srv/u-home' }, { home: '/srv/u-home' }, { paths: ['/srv/u-home'] }),
  row(
    'the home moves',
    'u-moves',
    'useradd -m "$u"; echo dear >"/home/$u/data"',
    { home: '/srv/u-moves' },
    { home: '/srv/u-moves', move_home: true },
    { paths: ['/srv/u-moves'] },
  ),
  row('no home is made', 'u-nohome', '', { createHome: false }, { create_home: false }),
  row('the home is missing', 'u-lost', 'useradd -M "$u"', {}, {}),
  row('a comment', 'u-comment', '', { comment: "Zoë O'Hara, 名" }, { comment: "Zoë O'Hara, 名" }),
  row('gets another comment', 'u-recomment', 'useradd -m -c old "$u"', { comment: '' }, { comment: '' }),
  row('a password', 'u-password', '', { password: new Secret('hash', hash) }, { password: hash }),
  row(
    'gets another password',
    'u-repassword',
    `useradd -m -p '$6$x$y' "$u"`,
    { password: new Secret('hash', hash) },
    { password: hash },
  ),
  row(
    'has the password',
    'u-haspassword',
    `useradd -m -p '${hash}' "$u"`,
    { password: new Secret('hash', hash) },
    { password: hash },
    { reports: 'ok' },
  ),
  row('locked', 'u-locked', `useradd -m -p '${hash}' "$u"`, { locked: true }, { password_lock: true }),
  row(
    'locked already',
    'u-islocked',
    `useradd -m -p '!${hash}' "$u"`,
    { locked: true },
    { password_lock: true },
    { reports: 'ok' },
  ),
  row('unlocked', 'u-unlocked', `useradd -m -p '!${hash}' "$u"`, { locked: false }, { password_lock: false }),
  row('absent', 'u-absent', 'useradd -m -G mail "$u"', absent, absent),
  row(
    'absent with its home',
    'u-removed',
    'useradd -m "$u"',
    { ...absent, removeHome: true },
    { ...absent, remove: true },
  ),
  row('absent already', 'u-gone', '', absent, absent, { reports: 'ok' }),
]

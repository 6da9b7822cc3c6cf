/** The playbook that faults strike: each task would show it if it were done twice, by half, or not at all. */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  blockInFile,
  command,
  configFiles,
  copyTree,
  defineInventory,
  definePlaybook,
  directory,
  file,
  git,
  handler,
  type Inventory,
  lineInFile,
  Secret,
  symlink,
} from '../../src/index.ts'
import type { ConnectionSettings } from '../../src/model/host.ts'

/** The secrets, which nobody may read on the host but in the files that are to hold them. */
export const secrets = {
  file: 'correct-horse-battery-staple-7f3a',
  input: 'wrong-horse-capacitor-paperclip-91bc',
  alice: 'third-horse-resistor-envelope-55de',
} as const

/** The files that are to hold a secret in the end. */
export const secretFiles = ['/srv/app/secret', '/srv/app/from-input', '/home/alice/from-input'] as const

/** A command that writes down that it began and that it ended, and takes a while in between. */
const counted = (log: string, seconds: number, mark: string) =>
  `set -e; echo begin >>${log}; sleep ${seconds}; echo end >>${log}; touch ${mark}`

/** The logs of what was done: each has lines `begin` and `end`. */
export const logs = [
  '/srv/log/root',
  '/home/alice/log',
  '/home/bob/log',
  '/srv/log/input',
  '/home/alice/input-log',
] as const

/** The logs of handlers: a line each time that one ran. */
export const handlerLogs = ['/srv/log/reloads', '/home/bob/reloads'] as const

const shop = 'one line of the configuration\n'.repeat(150)

/** Puts what the playbook starts from into the root folder of a host’s template. */
export function addOrigins(root: string): void {
  const folder = (path: string, mode = 0o755) => {
    mkdirSync(join(root, path), { recursive: true })
    chmodSync(join(root, path), mode)
  }
  for (const path of ['/srv', '/srv/log', '/srv/old', '/srv/site', '/srv/site/below', '/var/git']) folder(path)
  writeFileSync(join(root, '/srv/old/lines'), 'first\nPort 22\nlast\n')
  writeFileSync(join(root, '/srv/old/kept'), 'what was there before\n', { mode: 0o640 })
  const work = join(root, '/var/git/site')
  const run = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: work,
      stdio: 'ignore',
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_DATE: '@1000000000 +0000',
        GIT_COMMITTER_DATE: '@1000000000 +0000',
      },
    })
  folder('/var/git/site')
  run('init', '-q', '-b', 'main')
  for (const name of ['one', 'two', 'three']) writeFileSync(join(work, name), `${name}\n`.repeat(1000))
  run('add', '.')
  run('commit', '-q', '-m', 'first')
  run('tag', 'v1')
}

/** Makes the files on the controller that the playbook sends. */
export function makeSources(folder: string): void {
  mkdirSync(join(folder, 'tree/below'), { recursive: true })
  writeFileSync(join(folder, 'upload'), Buffer.alloc(300_000, 'upload of many bytes. '))
  writeFileSync(join(folder, 'tree/a'), 'a\n'.repeat(500))
  writeFileSync(join(folder, 'tree/below/b'), 'b\n'.repeat(500))
}

/** The inventory of one host; `sources` is the folder of {@link makeSources}. */
export function faultInventory(sources: string, settings: ConnectionSettings = {}, address = 'here'): Inventory {
  const playbook = definePlaybook({
    name: 'faults',
    groups: ['all-of-them'],
    plays: () => [{ name: 'Everything', hosts: 'all', tasks: () => tasks(sources) }],
  })
  return defineInventory({
    playbook,
    hosts: { here: { address, allowUnsupportedSystem: true, ...settings } },
    groups: { 'all-of-them': ['here'] },
  })
}

function tasks(sources: string) {
  const reload = handler('reload', command({ run: 'echo reloaded >>/srv/log/reloads', always: true }))
  const bobReload = handler(
    'reload of bob',
    command({ run: 'echo reloaded >>/home/bob/reloads', always: true, become: 'bob' }),
  )
  return [
    directory({ path: '/srv/app', mode: '0750' }),
    file({ path: '/srv/app/config', content: shop, notify: reload }),
    file({ path: '/srv/app/secret', content: new Secret('file', secrets.file), notify: reload }),
    command({ run: counted('/srv/log/root', 0.2, '/srv/app/counted'), creates: '/srv/app/counted' }),
    file({ path: '/srv/app/upload', from: join(sources, 'upload') }),
    file({ path: '/home/alice/note', content: 'a note\n'.repeat(100), become: 'alice' }),
    command({
      run: `set -e; echo begin >>/home/alice/input-log; umask 077; cat >/home/alice/.got; sleep 0.1; mv /home/alice/.got /home/alice/from-input; echo end >>/home/alice/input-log`,
      input: new Secret('alice', secrets.alice),
      creates: '/home/alice/from-input',
      become: 'alice',
    }),
    command({
      run: counted('/home/alice/log', 0.1, '/home/alice/counted'),
      creates: '/home/alice/counted',
      become: 'alice',
    }),
    command({
      run: `set -e; echo begin >>/srv/log/input; umask 077; cat >/srv/app/.got; mv /srv/app/.got /srv/app/from-input; echo end >>/srv/log/input`,
      input: new Secret('input', secrets.input),
      creates: '/srv/app/from-input',
    }),
    lineInFile({ path: '/srv/old/lines', match: /^Port /, line: 'Port 2222' }),
    blockInFile({ path: '/srv/old/lines', block: 'these\nare\nours', marker: '# {mark} faults' }),
    file({ path: '/srv/old/kept', content: 'what is there now\n', backup: true }),
    configFiles({
      path: '/srv/site',
      files: { 'main.conf': 'include below/*;\n', 'below/a.conf': 'a\n', 'below/b.conf': 'b\n' },
      links: { current: 'main.conf' },
      activate: 'test -e /srv/site/main.conf',
    }),
    file({ path: '/home/bob/config', content: 'of bob\n', become: 'bob', notify: bobReload }),
    command({ run: counted('/home/bob/log', 0.1, '/home/bob/counted'), creates: '/home/bob/counted', become: 'bob' }),
    git({ repository: '/var/git/site', path: '/srv/checkout', version: 'v1' }),
    copyTree({ from: join(sources, 'tree'), path: '/srv/tree' }),
    symlink({ path: '/srv/current', target: '/srv/tree' }),
  ]
}

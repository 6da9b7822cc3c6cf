/** A second user on a host who attacks tasks of root, with links and with races; and what works for that user. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  archive,
  artifact,
  authorizedKey,
  configFiles,
  copyTree,
  directory,
  download,
  file,
  git,
  lineInFile,
  localArtifact,
  symlink,
  type Task,
  template,
  user,
} from 'foobar-deploy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChangeAnswer } from '../../src/engine/apply/questions.ts'
import { applyOnLab, labFor } from '../engine/on-lab.ts'

const lab = labFor('test-unsafe-paths', ['git'], { hosts: ['web1'] })
const home = '/home/eve'
const built = localArtifact({ folder: './trees/artifact/files/sources', build: 'mkdir dist && cp say.sh dist' })
const key = `ssh-ed25519 ${Buffer.from(`\0\0\0\u000bssh-ed25519\0\0\0 ${'k'.repeat(32)}`).toString('base64')} eve`
let from: string

async function run(tasks: () => readonly Task[], askChange?: () => Promise<ChangeAnswer>) {
  return (await applyOnLab(lab.inventory(tasks), {}, askChange ? { askChange } : {})).web1
}

const asEve = (script: string) => lab.ssh('web1', `runuser -u eve -- sh -c "cd ${home} && { ${script}; }"`)

/** What only root may change: content, owner and mode of files that eve would like to have. */
const guarded = () =>
  lab.ssh(
    'web1',
    'sha256sum /etc/shadow /root/secret /etc/target/x; stat -c %n:%U:%a /etc/shadow /root/secret /root /etc /etc/target /etc/target/x',
  )

beforeAll(async () => {
  from = mkdtempSync(join(tmpdir(), 'unsafe-paths-'))
  mkdirSync(join(from, 'sub'))
  writeFileSync(join(from, 'sub/x'), 'of the tree\n')
  await lab.ssh(
    'web1',
    'useradd -m eve; umask 077; echo secret >/root/secret; umask 022; mkdir /etc/target; echo root >/etc/target/x',
  )
  await lab.ssh(
    'web1',
    'git init -q -b main /srv/repo; cd /srv/repo; echo 1 >x; git add x; git -c user.name=x -c user.email=x commit -qm 1',
  )
})
afterAll(() => rmSync(from, { recursive: true, force: true }))

describe('links of another user', () => {
  it('gain nothing from a task of root', async () => {
    const before = await guarded()
    await asEve('ln -s /etc/shadow x; ln -s /etc/target tree; ln -s /etc/target .ssh; ln -s /root/secret y')
    const tasks: Task[] = [
      file({ path: `${home}/x`, content: 'eve::0:0:::::\n', owner: 'eve' }),
      file({ path: `${home}/x`, owner: 'eve' }),
      file({ path: `${home}/tree/x`, state: 'absent' }),
      lineInFile({ path: `${home}/x`, line: 'eve::0:0:::::', owner: 'eve' }),
      template({
        path: `${home}/y`,
        from: '../../playbooks/templates/index.html.ejs',
        with: { domain: 'a', title: 'b', host: 'c', os: 'd' },
      }),
      directory({ path: `${home}/tree`, owner: 'eve' }),
      directory({ path: `${home}/tree`, state: 'absent', recursive: true }),
      symlink({ path: `${home}/tree/x`, target: '/root', replace: true }),
      copyTree({ from, path: `${home}/tree` }),
      configFiles({ path: `${home}/tree`, files: { x: 'a' } }),
      download({ path: `${home}/tree/x`, from: { url: 'http://127.0.0.1:9/', sha256: '0'.repeat(64) }, mode: '0777' }),
      artifact({ from: built, path: `${home}/tree/built` }),
      archive({ path: `${home}/tree/x`, state: 'absent', replace: true }),
      git({ repository: '/srv/repo', path: `${home}/tree/checkout`, version: 'main' }),
    ]
    for (const task of tasks) {
      const { error } = await run(() => [task])
      expect([task.title, error?.code]).toEqual([task.title, 'unsafe-path'])
      expect(error?.detail).toContain(`${home} belongs to eve`)
      expect(error?.hint).toContain("become: 'eve'")
    }
    expect((await run(() => [authorizedKey({ user: 'eve', keys: [key] })])).error).toBeDefined()
    expect(await guarded()).toBe(before)
    await asEve('rm x y tree .ssh')
  })
})

describe('races of another user', () => {
  it('find no folder of theirs that root would enter', async () => {
    const before = await guarded()
    await lab.ssh('web1', 'rm -rf /srv/shared; mkdir -p /srv/shared/sub')
    // Between reading and writing, a folder becomes eve’s, and eve puts a link in its place at once.
    const swap = async (): Promise<ChangeAnswer> => {
      await lab.ssh('web1', 'chown eve /srv/shared')
      await lab.ssh(
        'web1',
        'runuser -u eve -- sh -c "mv /srv/shared/sub /srv/shared/old; ln -s /etc/target /srv/shared/sub"',
      )
      return 'yes'
    }
    const fresh = () => lab.ssh('web1', 'rm -rf /srv/shared; mkdir -p /srv/shared/sub')
    for (const task of [
      () => file({ path: '/srv/shared/sub/x', content: 'a', owner: 'eve' }),
      () => directory({ path: '/srv/shared/sub', owner: 'eve' }),
      () => copyTree({ from, path: '/srv/shared' }),
    ]) {
      await fresh()
      const { error } = await run(() => [task()], swap)
      expect([task().title, error?.code]).toEqual([task().title, 'unsafe-path'])
      expect(await guarded()).toBe(before)
    }
    await fresh()
  })

  it('find nothing in /tmp', async () => {
    const before = await guarded()
    // Eve puts a link, and a pipe, where the file and its first form are to lie.
    await lab.ssh(
      'web1',
      'runuser -u eve -- sh -c "ln -s /etc/target/x /tmp/report; mkfifo /tmp/.report.foobar-deploy"',
    )
    expect((await run(() => [file({ path: '/tmp/report', content: 'a' })])).error?.code).toBe('unsafe-path')
    const { error } = await run(() => [file({ path: '/tmp/report', content: 'a', follow: false, owner: 'root' })])
    expect(error?.code).toBe('unsafe-path')
    await lab.ssh('web1', 'rm -f /tmp/report')
    const made = await run(() => [file({ path: '/tmp/report', content: 'a', mode: '0600' })])
    expect(made.error).toBeUndefined()
    expect(await lab.ssh('web1', 'stat -c %F:%U:%a /tmp/report')).toBe('regular file:root:600')
    expect((await run(() => [file({ path: '/tmp/theirs', content: 'a', owner: 'eve' })])).error?.code).toBe(
      'unsafe-path',
    )
    expect(await guarded()).toBe(before)
  })
})

describe('the remedy', () => {
  it('works: eve’s files are made as eve, and agree in the next run', async () => {
    const own = { owner: 'eve', group: 'eve', become: 'eve' }
    const tasks = () => [
      user({ name: 'eve', shell: '/usr/sbin/nologin' }),
      authorizedKey({ user: 'eve', keys: [key] }),
      directory({ path: `${home}/app`, ...own, mode: '0750' }),
      file({ path: `${home}/app/config`, content: 'a\n', ...own, mode: '0600' }),
      lineInFile({ path: `${home}/app/lines`, line: 'a', create: true, ...own }),
      template({
        path: `${home}/app/page`,
        from: '../../playbooks/templates/index.html.ejs',
        with: { domain: 'a', title: 'b', host: 'c', os: 'd' },
        ...own,
      }),
      symlink({ path: `${home}/current`, target: 'app', become: 'eve' }),
      copyTree({ from, path: `${home}/tree`, exclusive: true, ...own }),
      configFiles({ path: `${home}/app`, files: { 'conf.d/a': 'a\n' }, ...own }),
      archive({ from: './trees/archive/files/tool.tar.gz', path: `${home}/tool`, stripComponents: 1, ...own }),
      artifact({ from: built, path: `${home}/built`, ...own }),
      git({ repository: `${home}/repo`, path: `${home}/checkout`, version: 'main', become: 'eve' }),
    ]
    await asEve(
      'git init -q -b main repo && cd repo && echo 1 >x && git add x && git -c user.name=x -c user.email=x commit -qm 1',
    )
    const first = await run(tasks)
    expect(first.error).toBeUndefined()
    const second = await run(tasks)
    expect(second.statuses).toMatchObject({ ok: tasks().length, changed: 0, failed: 0 })
    expect(await lab.ssh('web1', `find ${home} ! -user eve`)).toBe('')
    expect(
      await lab.ssh('web1', `cat ${home}/tree/sub/x ${home}/checkout/x; stat -c %a:%U:%G ${home}/app/config`),
    ).toBe('of the tree\n1\n600:eve:eve')
  })
})

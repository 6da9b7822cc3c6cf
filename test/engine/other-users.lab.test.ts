/** What another user of a host can do to a run there: not read it, not stop it, and not act in its name. */

import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  command,
  defineFact,
  defineInventory,
  definePlaybook,
  file,
  Secret,
  sh,
  type TaskList,
} from '../../src/index.ts'
import { labPaths } from '../../src/lab/index.ts'
import type { ConnectionSettings } from '../../src/model/host.ts'
import { applyAndDie } from './killed-controller.ts'
import { applyOnLab, labFor, relayTo } from './on-lab.ts'

const lab = labFor('test-users', [], { hosts: ['web1'] })
const canary = 'swordfish-4711'

/** An inventory of the host with one play that does not become root. */
function withoutRoot(tasks: () => TaskList, settings: ConnectionSettings = {}) {
  const playbook = definePlaybook({
    name: 'test',
    groups: ['web'],
    plays: () => [{ name: 'Only', hosts: 'web', become: false, tasks }],
  })
  return defineInventory({
    playbook,
    hosts: { web1: { address: '198.51.100.11', ...settings } },
    groups: { web: ['web1'] },
    lab: { name: 'test-users' },
  })
}

/** What eve does, again and again, until she is told to stop; what she gained is in /home/eve. */
const eve = `
cd /home/eve; uid=$1
while [ ! -e stop ]; do
  for f in /tmp/foobar-deploy-$uid /tmp/foobar-deploy /run/user/$uid/foobar-deploy; do
    mkdir $f && for n in lock owner beat shell log script input; do ln -s /home/$2/victim $f/$n; done
  done
  for f in /run/foobar-deploy /run/foobar-deploy/root /run/foobar-deploy/*/ /home/*/.local/state/foobar-deploy/runs /home/*/.local/state/foobar-deploy/runs/*/; do
    ls -A "$f/" && echo "listed $f" >>gained
    for n in lock owner beat shell log script input; do cat "$f/$n" >>gained; true >>"$f/$n" && echo "wrote $f/$n" >>gained; done
    command exec 9<"$f/lock" && flock -n 9 && echo "locked $f" >>gained
  done
  # Whatever she finds in the list of processes.
  for p in /proc/[0-9]*; do
    for f in $(tr '\\0' '\\n' <$p/cmdline | grep -o '/[^ "]*foobar-deploy/[^ "]*'); do
      cat "$f" >>gained; true >>"$f" && echo "wrote $f" >>gained; ls "\${f%/*}" && echo "listed \${f%/*}" >>gained
    done
    [ -O $p ] || cat $p/fd/[0-9] >>gained
  done
  echo >>rounds
done 2>/dev/null >/dev/null
`

let login = { name: '', uid: '' }

beforeAll(async () => {
  await lab.script(
    'web1',
    `useradd -m eve; useradd -m app; mkdir -p /srv/foobar-deploy; echo decoy >${decoy}; printf %s '${eve.replaceAll("'", `'\\''`)}' >/home/eve/eve.sh`,
  )
  const [uid = '', name = ''] = (await lab.script('web1', 'echo $SUDO_UID $SUDO_USER')).stdout.trim().split(' ')
  login = { name, uid }
  await lab.script('web1', `su ${name} -c 'echo precious >~/victim; chmod 600 ~/victim'`)
}, 900_000)

/** Runs `work` while eve is at it; what she gained. */
async function besideEve(work: () => Promise<void>): Promise<Set<string>> {
  await lab.script('web1', 'rm -f /home/eve/gained /home/eve/rounds /home/eve/stop')
  const attack = spawn('ssh', [
    '-F',
    labPaths('test-users').sshConfig,
    'web1',
    `sudo runuser -u eve -- sh /home/eve/eve.sh ${login.uid} ${login.name}`,
  ])
  const ended = new Promise((resolve) => attack.on('close', resolve))
  const rounds = async () => Number(await lab.ssh('web1', 'wc -l </home/eve/rounds 2>/dev/null || echo 0'))
  await expect.poll(rounds, { timeout: 60_000 }).toBeGreaterThan(0)
  await work()
  await lab.ssh('web1', 'touch /home/eve/stop')
  await ended
  const { stdout } = await lab.script('web1', 'cat /home/eve/gained 2>/dev/null')
  return new Set(stdout.trim().split('\n'))
}

// A file that she can read, and that a process names, shows that she looks.
const decoy = '/srv/foobar-deploy/decoy'
const decoys = new Set(['decoy', 'listed /srv/foobar-deploy'])
const showDecoy = command({ run: `tail -f ${decoy} & sleep 3; kill $!`, always: true })

afterAll(() => lab.script('web1', 'touch /home/eve/stop'))

describe('another user on the host', () => {
  it('gains nothing from a run as root, and none from tasks that become a third user', async () => {
    const tasks = () => [
      command({
        title: 'secret as app',
        run: 'cat >/dev/null; sleep 2',
        input: new Secret('password', canary),
        always: true,
        become: 'app',
      }),
      showDecoy,
      command({
        title: 'secret as root',
        run: 'cat >/dev/null; sleep 2',
        input: new Secret('password', canary),
        always: true,
        timeoutMs: 60_000,
      }),
      file({ path: '/home/app/made', content: 'x\n', become: 'app' }),
    ]
    const gained = await besideEve(async () => {
      const { result, web1 } = await applyOnLab(lab.inventory(tasks))
      expect(web1.error).toBeUndefined()
      expect(result.exitCode).toBe(0)
    })
    expect(gained).toEqual(decoys)
    expect(await lab.ssh('web1', 'stat -c %U /home/app/made')).toBe('app')
    expect(await lab.ssh('web1', 'ls -A /run/foobar-deploy')).toBe('root')
  })

  it('gains nothing from a run that never becomes root, whose files she has planted links for', async () => {
    const tasks = () => [
      showDecoy,
      command({ run: 'cat >/dev/null; sleep 2', input: new Secret('password', canary), always: true }),
      file({ path: `/home/${login.name}/made`, content: 'x\n' }),
    ]
    const gained = await besideEve(async () => {
      const { result, web1 } = await applyOnLab(withoutRoot(tasks))
      expect(web1.error).toBeUndefined()
      expect(result.exitCode).toBe(0)
    })
    expect(gained).toEqual(decoys)
    expect(await lab.ssh('web1', `cat /home/${login.name}/victim`)).toBe('precious')
    expect(await lab.ssh('web1', `ls -A /home/${login.name}/.local/state/foobar-deploy/runs/* | tr "\\n" " "`)).toBe(
      'beat lock owner',
    )
  })
})

describe('after a controller that is killed while a third user reads a secret', () => {
  const source = `import { command, defineFact, defineInventory, definePlaybook, file, Secret } from 'foobar-deploy'
const playbook = definePlaybook({ name: 'killed', groups: ['web'], plays: () => [{ name: 'Only', hosts: 'web', tasks: () => [
  file({ path: '/home/app/first', content: 'x', become: 'app' }),
  command({ run: 'sleep 4; cat >/home/app/read', input: new Secret('password', '${canary}'), always: true, become: 'app' }),
] }] })
export default defineInventory({ playbook, hosts: { web1: { address: '198.51.100.11' } }, groups: { web: ['web1'] }, lab: { name: 'test-users' } })
`
  const search = `grep -rl --devices=skip ${canary} /run /tmp /var/tmp /home /root /var/lib/foobar-deploy 2>/dev/null | grep -v ^/home/app/read`

  it('the secret lies nowhere, the task ends, and the next run removes what is left', async () => {
    await applyAndDie(source, 'file /home/app/first', 700)
    expect((await lab.script('web1', search)).stdout).toBe('')
    const early = await applyOnLab(lab.inventory(() => [file({ path: '/srv/early', content: 'x' })]))
    // Another run waits for the task of app, whoever was root.
    expect(early.web1.error).toMatchObject({
      code: 'host-locked',
      detail: expect.stringContaining('goes on as process'),
    })
    await expect.poll(() => lab.ssh('web1', 'cat /home/app/read 2>/dev/null || true'), { timeout: 30_000 }).toBe(canary)
    await lab.ssh('web1', 'rm /home/app/read')
    await delay(500)
    const { web1 } = await applyOnLab(lab.inventory(() => [file({ path: '/srv/next', content: 'x' })]))
    expect(web1.error).toBeUndefined()
    expect(await lab.ssh('web1', 'ls -A /run/foobar-deploy')).toBe('root')
    expect((await lab.script('web1', search)).stdout).toBe('')
  })
})

describe('a connection that freezes in the first round trip', () => {
  it('is made again, and the lock is recognised as our own', async () => {
    const relay = await relayTo('test-users', 'web1')
    // A fact that takes its time, so that the lock is taken and the round trip is not over.
    const slow = defineFact({ name: 'slow', assumed: '', script: sh`sleep 3; echo x`, parse: (text) => text.trim() })
    const playbook = definePlaybook({
      name: 'frozen',
      groups: ['web'],
      facts: [slow],
      plays: () => [{ name: 'Only', hosts: 'web', tasks: () => [file({ path: '/srv/frozen', content: 'x' })] }],
    })
    const settings = { socketPath: relay.socketPath, keepaliveIntervalMs: 300 }
    const inventory = defineInventory({
      playbook,
      hosts: { web1: { address: '198.51.100.11', ...settings } },
      groups: { web: ['web1'] },
      lab: { name: 'test-users' },
    })
    const isLocked = () => lab.ssh('web1', 'cat /run/foobar-deploy/root/owner')
    let frozen: Promise<void> | undefined
    const freeze = () =>
      expect
        .poll(isLocked)
        .toContain('(frozen)')
        .then(() => relay.freeze())
    try {
      const { result, web1, events } = await applyOnLab(
        inventory,
        {},
        {
          emit: ({ type }) => {
            if (type === 'host-connected') frozen ??= freeze()
          },
        },
      )
      await frozen
      expect(web1.error).toBeUndefined()
      expect(events.filter(({ type }) => type === 'host-reconnected')).toHaveLength(1)
      expect(result.exitCode).toBe(0)
    } finally {
      relay.close()
    }
  })
})

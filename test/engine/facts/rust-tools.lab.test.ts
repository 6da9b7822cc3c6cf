/** A host whose coreutils and sudo are those in Rust, as Ubuntu 26.04 has them: facts, the wire, and changes. */

import { beforeAll, describe, expect, it } from 'vitest'
import { makeTransport } from '../../../src/cli/transport.ts'
import { gather } from '../../../src/engine/facts/gather.ts'
import { FoobarDeployError } from '../../../src/errors.ts'
import { blockInFile, command, directory, file, lineInFile, sh, symlink } from '../../../src/index.ts'
import type { Facts } from '../../../src/model/facts.ts'
import { applyOnLab, labFor } from '../on-lab.ts'

const lab = labFor('rust-tools', ['rust-coreutils', 'sudo-rs'])

beforeAll(async () => {
  // The last one takes sudo's place, which this command runs under itself.
  await lab.ssh('web1', 'ln -sf /usr/lib/cargo/bin/coreutils/* /usr/lib/cargo/bin/sudo /usr/bin/')
})

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')
const tasks = () => [
  directory({ path: '/srv/data', mode: '0750' }),
  ...[1, 100, 9_000].map((count) => file({ path: `/srv/data/${count}`, content: lines(count), mode: '0640' })),
  symlink({ path: '/srv/data/link', target: '100' }),
  lineInFile({ path: '/etc/hosts', line: '198.51.100.99 far' }),
  blockInFile({ path: '/etc/hosts', block: '198.51.100.98 near' }),
  command({ run: sh`wc -l </srv/data/9000 >/srv/data/count`, creates: '/srv/data/count' }),
]

async function factsOf(host: string): Promise<Facts> {
  const { inventory, transport } = await makeTransport(lab.inventory(tasks), { suspend: () => {}, resume: () => {} })
  const found = (await gather([host], { inventory, forks: 1 }, { transport }, 'root')).get(host)
  if (!found || found instanceof FoobarDeployError) throw found
  await found.link.close()
  return found.facts
}

describe('tools in Rust', () => {
  it('are those that are used', async () => {
    expect(await lab.ssh('web1', 'head --version')).toContain('uutils')
    expect(await lab.ssh('web1', 'sudo --version')).toContain('sudo-rs')
  })

  it('head takes no more from a pipe than it was told, however the bytes come', async () => {
    const pieces = '(printf abc; sleep 0.2; printf "defghij\\n"; head -c 100000 /dev/zero; echo END)'
    expect(
      await lab.ssh('web1', `${pieces} | (head -c 6; echo; read -r x; echo $x; head -c 99990 | wc -c; tail -c 4)`),
    ).toBe('abcdef\nghij\n99990\nEND')
  })

  it('do all that is to be done, once', async () => {
    const first = await applyOnLab(lab.inventory(tasks))
    expect(first.result.exitCode).toBe(0)
    expect(first.web1.statuses).toMatchObject({ changed: tasks().length, failed: 0 })
    const second = await applyOnLab(lab.inventory(tasks))
    expect(second.web1.statuses).toMatchObject({ ok: tasks().length, changed: 0, failed: 0 })
    expect(second.web1.roundTrips).toBe(2)
    expect(await lab.ssh('web1', 'cat /srv/data/count; stat -c %a /srv/data/9000; readlink /srv/data/link')).toBe(
      '9000\n640\n100',
    )
  })

  it('tell the same facts as those in C', async () => {
    const [rust, gnu] = await Promise.all([factsOf('web1'), factsOf('web2')])
    const size = ({ mounts }: Facts) => mounts.map(({ path, type, sizeBytes }) => ({ path, type, sizeBytes }))
    expect(size(rust)).toEqual(size(gnu))
    expect(rust.os).toEqual(gnu.os)
    expect(rust.timezone).toBe(gnu.timezone)
  })
})

describe('facts of a host', () => {
  it('are what programs tell that they do without', async () => {
    const facts = await factsOf('web2')
    const told = await lab.ssh(
      'web2',
      'systemd-detect-virt; nproc; dpkg --print-architecture; uname -r; cat /etc/machine-id; timedatectl show -p Timezone --value',
    )
    const { virtualization, cpus, architecture, kernel, machineId, timezone } = facts
    expect([virtualization, cpus, architecture, kernel, machineId, timezone].join('\n')).toBe(told)
    expect(await lab.ssh('web2', 'cat /etc/ssh/ssh_host_ed25519_key.pub')).toContain(facts.sshHostKey)
    expect(facts.interfaces.find(({ name }) => name === 'host0')?.addresses).toContain('198.51.100.12/24')
  })
})

/** What is mounted on this machine, and how the kernel's table is read. */

import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { mountsQuery, unescapeField } from '../../../src/resources/storage/mounts.query.ts'
import { ask, runScript, temporaryFolder } from '../run-script.ts'
import { counted } from '../stand-in.ts'

const output = (stdout: string) => ({ status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') })

describe('mounts', () => {
  it('finds what is mounted here, and nothing in a folder that is only a folder', () => {
    const [proc, folder] = ask(mountsQuery, [{ path: '/proc' }, { path: temporaryFolder() }])
    expect(proc?.mounted.at(-1)).toMatchObject({ type: 'proc', flags: expect.arrayContaining(['rw']) })
    expect(folder).toEqual({ mounted: [] })
  })

  it('tells the number of a device, through links, as the table has it', () => {
    const [answer] = ask(mountsQuery, [{ path: '/', device: '/dev/null' }])
    expect(answer?.device).toBe('1:3')
    const [none] = ask(mountsQuery, [{ path: '/', device: '/dev/no such' }])
    expect(none?.device).toBeUndefined()
  })

  it('takes two processes for any number', () => {
    const { before, started } = counted('cat', 'stat')
    const operands = Array.from({ length: 200 }, (_, index) => ({ path: `/mnt/${index}`, device: `/dev/tty${index}` }))
    const found = mountsQuery.parse(runScript(mountsQuery.script(operands), before), operands)
    expect(found).toHaveLength(200)
    expect(started()).toEqual(['cat', 'stat'])
  })

  it('reads names with blanks, mounts over mounts, and optional fields', () => {
    const table = [
      '30 1 254:1 / /srv/my\\040data rw,relatime shared:1 master:2 - ext4 /dev/vda1 rw,errors=remount-ro',
      '31 30 0:44 / /srv/my\\040data ro - tmpfs none rw,size=4k',
    ].join('\n')
    const [answer] = mountsQuery.parse(output(`${table}\n\0`), [{ path: '/srv/my data' }])
    expect(answer?.mounted).toEqual([
      {
        source: '/dev/vda1',
        type: 'ext4',
        device: '254:1',
        flags: ['rw', 'relatime'],
        options: ['rw', 'errors=remount-ro'],
      },
      { source: 'none', type: 'tmpfs', device: '0:44', flags: ['ro'], options: ['rw', 'size=4k'] },
    ])
    expect(unescapeField('a\\011b\\134')).toBe('a\tb\\')
    expect(() => mountsQuery.parse(output(''), [{ path: '/' }])).toThrow('cannot be understood')
  })

  it('sees the mounts of the host from a namespace in which all is read-only', () => {
    const script = mountsQuery.script([{ path: '/proc' }])
    const inside = `mount -o bind,remount,ro /proc; ${script}`
    const { stdout } = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', inside])
    const [proc] = mountsQuery.parse({ status: 0, stdout, stderr: Buffer.from('') }, [{ path: '/proc' }])
    expect(proc?.mounted.at(-1)?.flags).toContain('rw')
  })
})

/** Settings of the kernel of this machine. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { kernelSettingQuery } from '../../../src/resources/system/kernel-setting.query.ts'
import { ask, runScript } from '../run-script.ts'
import { counted } from '../stand-in.ts'

const settingOf = (path: string) => readFileSync(`/proc/sys/${path}`, 'utf8').trim().replaceAll(/\s+/g, ' ')

describe('kernel-setting', () => {
  it('gives whole numbers, several numbers and text, in order, and nothing for what is not there', () => {
    const paths = [
      'vm/swappiness',
      'no/such',
      'net/ipv4/ip_local_port_range',
      'kernel/hostname',
      'kernel',
      'vm/swappiness',
    ]
    const expected = paths.map((path) => (['no/such', 'kernel'].includes(path) ? undefined : settingOf(path)))
    expect(ask(kernelSettingQuery, paths)).toEqual(expected)
    expect(expected[0]).toMatch(/^\d+$/)
  })

  it('takes one process for any number, and none where there is nothing', () => {
    const { before, started } = counted('tail', 'cat', 'stat')
    const paths = Array.from({ length: 300 }, (_, index) => (index % 2 === 0 ? 'vm/swappiness' : 'kernel/hostname'))
    const output = runScript(kernelSettingQuery.script(paths), before)
    expect(new Set(kernelSettingQuery.parse(output, paths)).size).toBe(2)
    expect(started()).toEqual(['tail'])
    runScript(kernelSettingQuery.script(['no/such']), before)
    expect(started()).toEqual(['tail'])
  })
})

/** Which boot this machine is in, and what is made of the marks that packages leave. */

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bootQuery } from '../../../src/resources/system/boot.query.ts'
import { ask } from '../run-script.ts'

const output = (stdout: string) => ({ status: 0, stdout: Buffer.from(stdout), stderr: Buffer.from('') })
const id = '0a1b2c3d-1111-4222-8333-444455556666'

it('is the one the kernel names', () => {
  expect(ask(bootQuery, ['this'])[0]?.id).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
})

it('tells who wants another, each once', () => {
  const [boot] = bootQuery.parse(output(`${id}\nrequired\nlibc6\nlinux\nlibc6\n`), ['this'])
  expect(boot).toEqual({ id, isRebootRequired: true, packages: ['libc6', 'linux'] })
  expect(bootQuery.parse(output(`${id}\nno\n`), ['this'])[0]).toMatchObject({ isRebootRequired: false, packages: [] })
})

it('is an error where the kernel says nothing', () => {
  expect(() => bootQuery.parse(output('no\n'), ['this'])).toThrow('cannot be understood')
})

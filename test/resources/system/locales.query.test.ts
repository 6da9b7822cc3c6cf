/** The locales of this machine, by their normal names. */

import { expect, it } from 'vitest'
import { localesQuery, normalLocale } from '../../../src/resources/system/locales.query.ts'
import { ask } from '../run-script.ts'

it('are those that locale -a names', () => {
  const [found] = ask(localesQuery, ['all'])
  expect([...(found ?? [])]).toEqual(expect.arrayContaining(['C', 'POSIX', normalLocale('C.UTF-8')]))
})

it.each([
  ['en_US.UTF-8', 'en_US.utf8'],
  ['de_DE.ISO-8859-15@euro', 'de_DE.iso885915@euro'],
  ['de_DE@euro', 'de_DE@euro'],
  ['C', 'C'],
])('%s is %s', (name, normal) => {
  expect(normalLocale(name)).toBe(normal)
})

/** The packages of the application are pinned, by checksum and not by the address of a registry. */

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'))

it('each has a checksum and no address', () => {
  const { packages } = read('app/package-lock.json') as { packages: Record<string, object> }
  const { '': _root, ...others } = packages
  expect(Object.keys(others)).toContain('node_modules/mysql2')
  const pinned = Object.values(others).map((one) => [Object.hasOwn(one, 'integrity'), Object.hasOwn(one, 'resolved')])
  expect(new Set(pinned.map(String))).toEqual(new Set(['true,false']))
})

it('what bundles it is what bundles the toolkit', () => {
  const version = (path: string) => read(path).packages['node_modules/rolldown'].version
  expect(version('app/package-lock.json')).toBe(version('package-lock.json'))
})

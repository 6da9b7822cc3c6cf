/** Did you mean: what is near enough to be proposed, and what is not. */

import { expect, test } from 'vitest'
import { nearest } from '../../src/model/nearest.ts'

const names = ['nginx', 'haproxy', 'mysql', 'web1', 'web2', 'Ab']

test.each([
  ['nginx', 'nginx'],
  ['ngnix', 'nginx'],
  ['nginxx', 'nginx'],
  ['gninx', 'nginx'],
  ['NGINX', 'nginx'],
  ['haprxoy', 'haproxy'],
  ['hprxy', 'haproxy'],
  ['mysl', 'mysql'],
  ['ac', 'Ab'],
  ['x', undefined],
  ['apache', undefined],
  ['nxxxx', undefined],
  ['nginxyz', 'nginx'],
  ['nginxwxyz', undefined],
  ['', undefined],
])('%j is near to %j', (written, meant) => {
  expect(nearest(written, names)).toBe(meant)
})

test('the nearest one is proposed, and of two equally near the first', () => {
  expect(nearest('web3', ['db', 'web1', 'web2'])).toBe('web1')
  expect(nearest('web22', ['web1', 'web2'])).toBe('web2')
  expect(nearest('a', ['b'])).toBe('b')
  expect(nearest('web', [])).toBeUndefined()
})

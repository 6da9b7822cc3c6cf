/** Inventories: who is in a group, and in which order the groups of a host count. */

import { expect, test } from 'vitest'
import { groupsOf, hostsIn } from '../../src/model/inventory.ts'

const hosts = { a: { address: 'a' }, b: { address: 'b' }, c: { address: 'c' } }
const groups = { inner: ['b', 'a'], outer: ['inner', 'c'], most: ['outer'], other: ['c'] }

test('a group has the hosts of groups within, each once, in the order of the inventory', () => {
  expect(hostsIn({ hosts, groups }, 'most')).toEqual(['a', 'b', 'c'])
  expect(hostsIn({ hosts, groups }, 'inner')).toEqual(['a', 'b'])
  expect(hostsIn({ hosts, groups }, 'all')).toEqual(['a', 'b', 'c'])
})

test('the groups of a host are those furthest out first', () => {
  expect(groupsOf({ hosts, groups }, 'a')).toEqual(['most', 'outer', 'inner'])
  expect(groupsOf({ hosts, groups }, 'c')).toEqual(['most', 'outer', 'other'])
})

test('groups that share groups at every level are no burden', () => {
  const shared = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [
      [`g${index}`, [`x${index}`, `y${index}`]],
      [`x${index}`, [`g${index + 1}`]],
      [`y${index}`, [`g${index + 1}`]],
    ]).flat(),
  )
  expect(hostsIn({ hosts, groups: { ...shared, g40: ['b'] } }, 'g0')).toEqual(['b'])
  expect(groupsOf({ hosts, groups: { ...shared, g40: ['b'] } }, 'b')).toHaveLength(121)
})

/** Sets of GTIDs in words. */

import { describe, expect, it } from 'vitest'
import { gtidCount, gtidsInWords } from '../../../src/resources/mysql/gtid-set.ts'

const [one, two] = ['60d40f65-e717-11f1-9a12-4af8c6bc5647', '608cef22-e717-11f1-97f3-aa4dbdf00a54']

describe('gtidCount', () => {
  it.each([
    [`${one}:1`, 1],
    [`${one}:1-16`, 16],
    [`${one}:1-3:5:7-8`, 6],
    [`${one}:1-3, ${two}:9`, 4],
    [`${one}:1-3:backup:1-2:nightly:7`, 6],
    ['0-1-7,0-2-9', undefined],
  ])('of %s is %s', (set, count) => {
    expect(gtidCount(set)).toBe(count)
  })

  it('is told with the set', () => {
    expect(gtidsInWords(`${one}:1`)).toBe(`1 transaction (${one}:1)`)
    expect(gtidsInWords(`${one}:1-2`)).toBe(`2 transactions (${one}:1-2)`)
    expect(gtidsInWords('0-2-7')).toBe('transactions (0-2-7)')
  })
})

/** Facts as people read them: names and values, and what there is none of. */

import { expect, test } from 'vitest'
import { factsText } from '../../src/cli/facts/facts-text.ts'
import { assumedFactsOf } from '../../src/model/assumed-facts.ts'
import { makePaint } from '../../src/report/paint.ts'

test('facts, those of the playbook among them', () => {
  const facts = {
    ...assumedFactsOf('web1', '198.51.100.11'),
    nameservers: [],
    custom: { raid: ['md0'], disks: { count: 2 } },
  }
  const lines = factsText('web1', facts, makePaint(false)).split('\n')
  expect(lines[0]).toBe('web1')
  expect(lines).toContain('  defaultAddress: 198.51.100.11')
  expect(lines).toContain(
    '    - path /, device /dev/vda1, type ext4, sizeBytes 21474836480, availableBytes 16106127360',
  )
  expect(lines).toContain('  nameservers: (none)')
  expect(lines.slice(-6)).toEqual(['  custom:', '    raid:', '      - md0', '    disks:', '      count: 2', ''])
})

test('no facts of a playbook', () => {
  expect(factsText('web1', assumedFactsOf('web1', 'web1'), makePaint(false))).toMatch(/\n {2}custom: \(none\)\n$/)
})

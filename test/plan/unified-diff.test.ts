/** Unified diffs: what changes, files that are not there, missing newlines. */

import { expect, test } from 'vitest'
import { unifiedDiff } from '../../src/plan/unified-diff.ts'

test('the same text has no diff', () => {
  expect(unifiedDiff('/etc/motd', 'a\n', 'a\n')).toBe('')
})

test('shows changed lines with three lines of context', () => {
  const lines = ['1', '2', '3', '4', '5', '6', '7', '8', '9']
  const to = lines.map((line) => (line === '5' ? 'five' : line))
  expect(unifiedDiff('/etc/numbers', `${lines.join('\n')}\n`, `${to.join('\n')}\n`)).toBe(
    '--- /etc/numbers\n+++ /etc/numbers\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  )
})

test('a file that is not there is /dev/null', () => {
  expect(unifiedDiff('/etc/motd', null, 'hello\n')).toBe('--- /dev/null\n+++ /etc/motd\n@@ -0,0 +1,1 @@\n+hello\n')
  expect(unifiedDiff('/etc/motd', 'hello\n', null)).toBe('--- /etc/motd\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-hello\n')
})

test('tells a missing newline at the end', () => {
  expect(unifiedDiff('/f', 'a', 'a\n')).toContain('\\ No newline at end of file')
})

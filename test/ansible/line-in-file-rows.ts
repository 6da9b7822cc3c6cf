/** Rows of `lineInFile` and `lineinfile`: lines that are to be, and where. */

import type { Comparison } from './comparison.ts'
import { lineRow as row } from './line-row.ts'

const settings = '# port=1\nport=1\nuser=a\n'

export const lineInFileRows: readonly Comparison[] = [
  row(
    'the line that matches is replaced',
    settings,
    { match: /^port=/, line: 'port=2' },
    { regexp: '^port=', line: 'port=2' },
  ),
  row(
    'of several that match, the last is replaced',
    'a=1\nb=1\na=2\nc=1\n',
    { match: /^a=/, line: 'a=3' },
    { regexp: '^a=', line: 'a=3' },
  ),
  row(
    'firstmatch',
    'a=1\nb=1\na=2\n',
    { match: /^a=/, line: 'a=3' },
    { regexp: '^a=', line: 'a=3', firstmatch: true },
    {
      differs: {
        why: 'there is no firstmatch: where a setting stands twice, nearly all programs take the last; a narrower match names any other',
        ours: ['file 0644 root:root "a=1\\nb=1\\na=3\\n"'],
        theirs: ['file 0644 root:root "a=3\\nb=1\\na=2\\n"'],
      },
    },
  ),
  row(
    'of several that match, the last is the line already',
    'a=1\na=3\n',
    { match: /^a=/, line: 'a=3' },
    { regexp: '^a=', line: 'a=3' },
    { reports: 'ok' },
  ),
  row('nothing matches', settings, { match: /^host=/, line: 'host=x' }, { regexp: '^host=', line: 'host=x' }),
  row(
    'nothing matches, but the line is there',
    'x=1\nlast\n',
    { match: /^y=/, line: 'x=1' },
    { regexp: '^y=', line: 'x=1' },
    { reports: 'ok' },
  ),
  row('without a match it is added', 'one\n', { line: 'two' }, { line: 'two' }),
  row('without a match it is there already', 'one\ntwo\n', { line: 'one' }, { line: 'one' }, { reports: 'ok' }),
  row('it is there twice', 'one\none\n', { line: 'one' }, { line: 'one' }, { reports: 'ok' }),
  row('a part of a line is not the line', 'one two\n', { line: 'one' }, { line: 'one' }),
  row('blanks at the start count', '  one\n', { line: '\tone' }, { line: '\tone' }),
  row(
    'after the last line that matches',
    '[a]\nx\n[a]\ny\n',
    { line: 'new', insertAfter: /^\[a\]/ },
    { line: 'new', insertafter: '^\\[a\\]' },
  ),
  row(
    'before the last line that matches',
    '[a]\nx\n[a]\ny\n',
    { line: 'new', insertBefore: /^\[a\]/ },
    { line: 'new', insertbefore: '^\\[a\\]' },
  ),
  row('at the start', 'one\n', { line: 'new', insertBefore: 'start' }, { line: 'new', insertbefore: 'BOF' }),
  row(
    'at the start of an empty file',
    '',
    { line: 'new', insertBefore: 'start' },
    { line: 'new', insertbefore: 'BOF' },
  ),
  row('at the end, said', 'one\n', { line: 'new', insertAfter: 'end' }, { line: 'new', insertafter: 'EOF' }),
  row('after what is not there', 'one\n', { line: 'new', insertAfter: /^none/ }, { line: 'new', insertafter: '^none' }),
  row(
    'before what is not there',
    'one\n',
    { line: 'new', insertBefore: /^none/ },
    { line: 'new', insertbefore: '^none' },
  ),
  row(
    'a match wins over a place',
    'a=1\n[s]\n',
    { match: /^a=/, line: 'a=2', insertAfter: /^\[s\]/ },
    { regexp: '^a=', line: 'a=2', insertafter: '^\\[s\\]' },
  ),
  row(
    'after the last line, which is not ended',
    'one\n[a]',
    { line: 'new', insertAfter: /^\[a\]/ },
    { line: 'new', insertafter: '^\\[a\\]' },
    {
      differs: {
        why: 'an inserted line is a line of its own; lineinfile glues it to the one before, and does so again at each run',
        ours: ['reports changed, then ok', 'file 0644 root:root "one\\n[a]\\nnew\\n"'],
        theirs: ['reports changed, then changed', 'file 0644 root:root "one\\n[a]new\\n"', 'moves at the second run'],
      },
    },
  ),
  row('added to a file whose last line is not ended', 'one\ntwo', { line: 'three' }, { line: 'three' }),
  row(
    'the last line, not ended, is replaced',
    'one\na=1',
    { match: /^a=/, line: 'a=2' },
    { regexp: '^a=', line: 'a=2' },
  ),
  row(
    'the last line, not ended, is the line',
    'one\na=1',
    { line: 'a=1' },
    { line: 'a=1' },
    {
      reports: 'ok',
      differs: {
        why: 'the line is there; lineinfile reports a change to end it',
        ours: ['reports ok, then ok', 'file 0644 root:root "one\\na=1"'],
        theirs: ['reports changed, then ok', 'file 0644 root:root "one\\na=1\\n"'],
      },
    },
  ),
  row(
    'the first line is replaced, the last is not ended',
    'a=1\nend',
    { match: /^a=/, line: 'a=2' },
    { regexp: '^a=', line: 'a=2' },
  ),
  row('an empty file', '', { line: 'one' }, { line: 'one' }),
  row('an empty line in the middle is kept', 'one\n\n\ntwo\n', { line: 'three' }, { line: 'three' }),
]

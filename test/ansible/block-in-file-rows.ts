/** Rows of `blockInFile` and `blockinfile`. */

import { blockInFile } from '../../src/index.ts'
import { type Comparison, textFile } from './comparison.ts'

type Options = Omit<Parameters<typeof blockInFile>[0], 'path'>
type Rest = Pick<Comparison, 'reports' | 'differs'> & { readonly start?: string }

const marker = '# {mark} foobar-deploy block'

function row(name: string, text: string | null, ours: Options, theirs: object, rest: Rest = {}): Comparison {
  const { start = '', ...expected } = rest
  return {
    name: `block: ${name}`,
    start: (text === null ? '' : textFile(text)) + start,
    ours: (folder) => blockInFile({ path: `${folder}/file`, ...ours }),
    theirs: (folder) => ({ blockinfile: { path: `${folder}/file`, marker, ...theirs } }),
    ...expected,
  }
}

const held = (lines: string) => `# BEGIN foobar-deploy block\n${lines}# END foobar-deploy block\n`
const absent = { state: 'absent' } as const

export const blockInFileRows: readonly Comparison[] = [
  row('at the end', 'one\n', { block: 'a\nb\n' }, { block: 'a\nb\n' }),
  row('there already', `one\n${held('a\nb\n')}two\n`, { block: 'a\nb\n' }, { block: 'a\nb\n' }, { reports: 'ok' }),
  row('replaced where it is', `one\n${held('a\nb\nc\n')}two\n`, { block: 'x' }, { block: 'x' }),
  row(
    'replaced where it is, whatever the place',
    `${held('a\n')}one\n`,
    { block: 'x', insertAfter: 'end' },
    { block: 'x', insertafter: 'EOF' },
  ),
  row('removed', `one\n${held('a\n')}two\n`, absent, absent),
  row('removed, nothing else is there', held('a\n'), absent, absent),
  row('removed from the end, which is not ended', `one\n${held('a\n').trimEnd()}`, absent, absent, {
    differs: {
      why: 'a mark is a mark, ended or not; blockinfile does not know the END again that ends the file without a line end',
      ours: ['reports changed, then ok', 'file 0644 root:root "one\\n"'],
      theirs: [
        'reports changed, then changed',
        'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\n"',
        'moves at the second run',
      ],
    },
  }),
  row('removed, but not there', 'one\n', absent, absent, { reports: 'ok' }),
  row('an empty block', `one\n${held('a\n')}`, absent, { block: '' }),
  row('removed from a file that is not there', null, absent, absent, {
    reports: 'ok',
    differs: {
      why: 'what is not there is absent, as lineinfile and file say too; blockinfile alone fails',
      ours: ['reports ok, then ok'],
      theirs: ['reports failed, then failed'],
    },
  }),
  row('in a file that is not there', null, { block: 'a' }, { block: 'a' }, { reports: 'failed' }),
  row(
    'in a file that is made',
    null,
    { block: 'a', create: true, mode: '0600' },
    { block: 'a', create: true, mode: '0600' },
  ),
  row('in an empty file', '', { block: 'a' }, { block: 'a' }),
  row('after a last line that is not ended', 'one', { block: 'a' }, { block: 'a' }),
  row(
    'replaced at the end, which is not ended',
    `one\n${held('a\n').trimEnd()}`,
    { block: 'x' },
    { block: 'x' },
    {
      differs: {
        why: 'a mark is a mark, ended or not; blockinfile does not know the END again that ends the file without a line end',
        ours: ['file 0644 root:root "one\\n# BEGIN foobar-deploy block\\nx\\n# END foobar-deploy block"'],
        theirs: [
          'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\n# BEGIN foobar-deploy block\\nx\\n# END foobar-deploy block\\n"',
        ],
      },
    },
  ),
  row(
    'the same at the end, which is not ended',
    `one\n${held('a\n').trimEnd()}`,
    { block: 'a' },
    { block: 'a' },
    {
      reports: 'ok',
      differs: {
        why: 'a mark is a mark, ended or not; blockinfile does not know the END again that ends the file without a line end',
        ours: [
          'reports ok, then ok',
          'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block"',
        ],
        theirs: [
          'reports changed, then ok',
          'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\n"',
        ],
      },
    },
  ),
  row('at the start', 'one\n', { block: 'a', insertBefore: 'start' }, { block: 'a', insertbefore: 'BOF' }),
  row(
    'after the last line that matches',
    '[a]\nx\n[a]\ny\n',
    { block: 'new', insertAfter: /^\[a\]/ },
    { block: 'new', insertafter: '^\\[a\\]' },
  ),
  row(
    'before the last line that matches',
    '[a]\nx\n[a]\ny\n',
    { block: 'new', insertBefore: /^\[a\]/ },
    { block: 'new', insertbefore: '^\\[a\\]' },
  ),
  row('after what is not there', 'one\n', { block: 'a', insertAfter: /^none/ }, { block: 'a', insertafter: '^none' }),
  row(
    'marks of the language',
    '<html>\n</html>\n',
    { block: '<p>', marker: '<!-- {mark} page -->', insertBefore: /<\/html>/ },
    { block: '<p>', marker: '<!-- {mark} page -->', insertbefore: '</html>' },
  ),
  row('empty lines, blanks and indents', 'one\n', { block: '\n  a\n\n\tb  \n' }, { block: '\n  a\n\n\tb  \n' }),
  row('letters of all languages', 'größe\n', { block: 'имя: 名前 🦊' }, { block: 'имя: 名前 🦊' }),
  row(
    'owner and mode are kept',
    'one\n',
    { block: 'a' },
    { block: 'a' },
    { start: 'chown games:mail file; chmod 0640 file\n' },
  ),
  row(
    'through a link',
    null,
    { block: 'a' },
    { block: 'a' },
    { start: `${textFile('one\n', 'real')}ln -s real file\n` },
  ),
  row(
    'line ends of Windows',
    'one\r\n',
    { block: 'a\nb' },
    { block: 'a\nb' },
    {
      differs: {
        why: 'a file keeps its line ends: a single line with the other kind breaks the programs that read it',
        ours: [
          'file 0644 root:root "one\\r\\n# BEGIN foobar-deploy block\\r\\na\\r\\nb\\r\\n# END foobar-deploy block\\r\\n"',
        ],
        theirs: ['file 0644 root:root "one\\r\\n# BEGIN foobar-deploy block\\na\\nb\\n# END foobar-deploy block\\n"'],
      },
    },
  ),
  row(
    'a mark without the other',
    'one\n# BEGIN foobar-deploy block\nmine\n',
    { block: 'a' },
    { block: 'a' },
    {
      reports: 'failed',
      differs: {
        why: 'nobody knows what belongs to a block with broken marks: it is told, and put right by hand; blockinfile writes a second block, and later removes all between the first mark and the last',
        ours: ['reports failed, then failed', 'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\nmine\\n"'],
        theirs: [
          'reports changed, then ok',
          'file 0644 root:root "one\\n# BEGIN foobar-deploy block\\nmine\\n# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\n"',
        ],
      },
    },
  ),
  row(
    'marks twice',
    `${held('a\n')}one\n${held('b\n')}`,
    { block: 'x' },
    { block: 'x' },
    {
      reports: 'failed',
      differs: {
        why: 'nobody knows what belongs to a block with broken marks: it is told, and put right by hand; blockinfile keeps the stale block beside the new one',
        ours: [
          'reports failed, then failed',
          'file 0644 root:root "# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\none\\n# BEGIN foobar-deploy block\\nb\\n# END foobar-deploy block\\n"',
        ],
        theirs: [
          'reports changed, then ok',
          'file 0644 root:root "# BEGIN foobar-deploy block\\na\\n# END foobar-deploy block\\none\\n# BEGIN foobar-deploy block\\nx\\n# END foobar-deploy block\\n"',
        ],
      },
    },
  ),
  {
    name: 'block: two in one file',
    start: textFile('one\n'),
    ours: (folder) => ['a', 'b'].map((name) => blockInFile({ path: `${folder}/file`, name, block: `held by ${name}` })),
    theirs: (folder) =>
      ['a', 'b'].map((name) => ({
        blockinfile: { path: `${folder}/file`, marker: `# {mark} foobar-deploy ${name}`, block: `held by ${name}` },
      })),
  },
]

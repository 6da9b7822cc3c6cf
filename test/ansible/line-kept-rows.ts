/** Rows of `lineInFile` and `lineinfile`: lines that go, and what an edit must keep. */

import { type Comparison, textFile } from './comparison.ts'
import { lineRow as row } from './line-row.ts'

const absent = { state: 'absent' } as const
const settings = '# port=1\nport=1\nuser=a\n'

export const lineKeptRows: readonly Comparison[] = [
  row(
    'a file that is to be made',
    null,
    { line: 'one', create: true, mode: '0640' },
    { line: 'one', create: true, mode: '0640' },
  ),
  row('a file that is not there', null, { line: 'one' }, { line: 'one' }, { reports: 'failed' }),
  row('all that match go', 'a=1\nb\na=2\n', { ...absent, match: /^a=/ }, { ...absent, regexp: '^a=' }),
  row('all that are the line go', 'a\nb\na\n', { ...absent, line: 'a' }, { ...absent, line: 'a' }),
  row('nothing is there to go', 'b\n', { ...absent, line: 'a' }, { ...absent, line: 'a' }, { reports: 'ok' }),
  row(
    'nothing goes from a file that is not there',
    null,
    { ...absent, line: 'a' },
    { ...absent, line: 'a' },
    { reports: 'ok' },
  ),
  row('the only line goes', 'a\n', { ...absent, line: 'a' }, { ...absent, line: 'a' }),
  row('the last line, not ended, goes', 'a\nb', { ...absent, line: 'b' }, { ...absent, line: 'b' }),
  row('a line in front goes, the last is not ended', 'a\nb', { ...absent, line: 'a' }, { ...absent, line: 'a' }),
  row(
    'absent by line and match',
    'a=1\nb\na=2\n',
    { ...absent, line: 'b', match: /^a=/ },
    { ...absent, line: 'b', regexp: '^a=' },
    {
      differs: {
        why: 'what is said counts: both are to be absent; lineinfile passes over line in silence',
        ours: ['file 0644 root:root ""'],
        theirs: ['file 0644 root:root "b\\n"'],
      },
    },
  ),
  row(
    'line ends of Windows',
    'one\r\ntwo\r\n',
    { match: /^two$/, line: 'three' },
    { regexp: '^two', line: 'three' },
    {
      differs: {
        why: 'a file keeps its line ends: a single line with the other kind breaks the programs that read it',
        ours: ['file 0644 root:root "one\\r\\nthree\\r\\n"'],
        theirs: ['file 0644 root:root "one\\r\\nthree\\n"'],
      },
    },
  ),
  row(
    'a line with the line end of Windows goes',
    'one\r\ntwo\r\n',
    { ...absent, line: 'two' },
    { ...absent, line: 'two' },
  ),
  row(
    'letters of all languages',
    'größe=1\n名前=い\n',
    { match: /^名前=/, line: '名前=ろ 🦊' },
    { regexp: '^名前=', line: '名前=ろ 🦊' },
  ),
  row(
    'what means something in a regular expression',
    'a.b*c[0]=1\naxbbc0=1\n',
    { match: /^a\.b\*c\[0\]=/, line: 'a.b*c[0]=(2|3)' },
    { regexp: '^a\\.b\\*c\\[0\\]=', line: 'a.b*c[0]=(2|3)' },
  ),
  row(
    'what means something in a replacement',
    'a=1\n',
    { match: /^(a)=/, line: 'a=$1 $& \\1 \\g<1> \\\\' },
    { regexp: '^(a)=', line: 'a=$1 $& \\1 \\g<1> \\\\' },
  ),
  row(
    'what means something to a shell',
    'a=1\n',
    { match: /^a=/, line: `a='$(id)' "\`id\`" $HOME ; #!` },
    { regexp: '^a=', line: `a='$(id)' "\`id\`" $HOME ; #!` },
  ),
  row(
    'without regard to small and capital letters',
    'Port 22\n',
    { match: /^port\s/i, line: 'Port 2222' },
    { regexp: '(?i)^port\\s', line: 'Port 2222' },
  ),
  row(
    'backrefs: the whole line said',
    'key = old\n',
    { match: /^key\s*=/, line: 'key = new' },
    { regexp: '^(key\\s*=).*', line: '\\1 new', backrefs: true },
  ),
  row(
    'backrefs: nothing matches',
    'other\n',
    { match: /^key=/, line: 'key=new' },
    { regexp: '^(key)=', line: '\\1=new', backrefs: true },
    {
      differs: {
        why: 'there are no backrefs, which make "present" mean "changed where it is, else not present": a line is said whole, and then is there',
        ours: ['reports changed, then ok', 'file 0644 root:root "other\\nkey=new\\n"'],
        theirs: ['reports ok, then ok', 'file 0644 root:root "other\\n"'],
      },
    },
  ),
  row(
    'owner and mode are kept',
    settings,
    { match: /^port=/, line: 'port=2' },
    { regexp: '^port=', line: 'port=2' },
    {
      start: 'chown games:mail file; chmod 4751 file\n',
      differs: {
        why: 'what is not said stays as it is, the bits setuid and setgid of a mode too; Ansible loses them where it gives the new file its owner',
        ours: ['file 4751 games:mail "# port=1\\nport=2\\nuser=a\\n"'],
        theirs: ['file 0751 games:mail "# port=1\\nport=2\\nuser=a\\n"'],
      },
    },
  ),
  row(
    'owner and mode are given',
    settings,
    { line: 'x', owner: 'games', group: 'mail', mode: '0600' },
    { line: 'x', owner: 'games', group: 'mail', mode: '0600' },
  ),
  row('mode alone differs', 'x\n', { line: 'x', mode: '0600' }, { line: 'x', mode: '0600' }),
  row(
    'through a link',
    null,
    { line: 'new' },
    { line: 'new' },
    { start: `${textFile('one\n', 'real')}ln -s real file\n` },
  ),
  row(
    'refused by validate',
    'one\n',
    { line: 'bad', validate: '! grep -q bad %s' },
    { line: 'bad', validate: 'sh -c "! grep -q bad %s"' },
    { reports: 'failed' },
  ),
]

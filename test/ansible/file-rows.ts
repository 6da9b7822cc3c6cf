/** Rows of `file`, and of `copy` and `file`. */

import { file } from '../../src/index.ts'
import { type Comparison, textFile } from './comparison.ts'

type Options = Omit<Parameters<typeof file>[0], 'path'>
type Rest = Pick<Comparison, 'reports' | 'differs'> & { readonly at?: string }

/** `theirs` is a task of `copy` if it says what is to be held, else one of `file`. */
function row(name: string, start: string, ours: Options, theirs: object, rest: Rest = {}): Comparison {
  const { at = 'file', ...expected } = rest
  const copies = 'content' in theirs || 'src' in theirs
  return {
    name: `file: ${name}`,
    start,
    ours: (folder) => file({ path: `${folder}/${at}`, ...ours }),
    theirs: (folder) =>
      copies ? { copy: { dest: `${folder}/${at}`, ...theirs } } : { file: { path: `${folder}/${at}`, ...theirs } },
    ...expected,
  }
}

const old = textFile('old\n')
const linked = `${textFile('old\n', 'real')}chmod 0640 real; ln -s real file\n`
const bytes = new URL('./files/bytes.bin', import.meta.url).pathname

export const fileRows: readonly Comparison[] = [
  row(
    'made',
    '',
    { content: 'a\n', mode: '0640', owner: 'games', group: 'mail' },
    { content: 'a\n', mode: '0640', owner: 'games', group: 'mail' },
  ),
  row('made, nothing said of it', '', { content: 'a\n' }, { content: 'a\n' }),
  row('made, empty', '', { content: '' }, { content: '' }),
  row('emptied', old, { content: '' }, { content: '' }),
  row('a last line that is not ended', '', { content: 'a\nb' }, { content: 'a\nb' }),
  row(
    'letters of all languages, and what shells and YAML would read',
    '',
    { content: `ü 名前 🦊 '"\`$(id) \\n {{ : #\t\r\n` },
    { content: `ü 名前 🦊 '"\`$(id) \\n {{ '{{' }} : #\t\r\n` },
    {
      differs: {
        why: "content arrives byte by byte; Ansible's templates make one kind of line end of all",
        ours: ['file 0644 root:root "ü 名前 🦊 \'\\"`$(id) \\\\n {{ : #\\t\\r\\n"'],
        theirs: ['file 0644 root:root "ü 名前 🦊 \'\\"`$(id) \\\\n {{ : #\\t\\n"'],
      },
    },
  ),
  row('any bytes, from this machine', '', { from: './files/bytes.bin' }, { src: bytes }),
  row(
    'replaced, owner and mode are kept',
    `${old}chown games:mail file; chmod 0640 file\n`,
    { content: 'new\n' },
    { content: 'new\n' },
  ),
  row(
    'replaced, setuid is kept',
    `${old}chmod 4755 file\n`,
    { content: 'new\n' },
    { content: 'new\n' },
    {
      differs: {
        why: 'what is not said stays as it is, the bits setuid and setgid of a mode too; Ansible loses them where it gives the new file its owner',
        ours: ['file 4755 root:root "new\\n"'],
        theirs: ['file 0755 root:root "new\\n"'],
      },
    },
  ),
  row('the same already', `${old}chmod 0600 file\n`, { content: 'old\n' }, { content: 'old\n' }, { reports: 'ok' }),
  row('the same, but for the mode', old, { content: 'old\n', mode: '0600' }, { content: 'old\n', mode: '0600' }),
  row('mode alone', old, { mode: '0755' }, { mode: '0755' }),
  row('mode with setuid', old, { mode: '4755' }, { mode: '4755' }),
  row('mode without setuid', `${old}chmod 6755 file\n`, { mode: '0755' }, { mode: '0755' }),
  row('mode of three digits', old, { mode: '600' }, { mode: '600' }),
  row('owner alone', `${old}chmod 0751 file\n`, { owner: 'games' }, { owner: 'games' }),
  row(
    'owner of a setuid file',
    `${old}chmod 4755 file\n`,
    { owner: 'games', mode: '4755' },
    { owner: 'games', mode: '4755' },
  ),
  row('group alone', old, { group: 'mail' }, { group: 'mail' }),
  row('owner and group as numbers', old, { owner: '5', group: '8' }, { owner: '5', group: '8' }),
  row(
    'owner and group as numbers nobody has',
    old,
    { owner: '54321', group: '54322' },
    { owner: '54321', group: '54322' },
  ),
  row('an owner that is not there', old, { owner: 'nobody-knows' }, { owner: 'nobody-knows' }, { reports: 'failed' }),
  row('mode of what is not there', '', { mode: '0600' }, { mode: '0600' }, { reports: 'failed' }),
  row(
    'not replaced: force is false',
    old,
    { content: 'new\n', overwrite: false },
    { content: 'new\n', force: false },
    { reports: 'ok' },
  ),
  row('made: force is false', '', { content: 'new\n', overwrite: false }, { content: 'new\n', force: false }),
  row('through a link', linked, { content: 'new\n' }, { content: 'new\n', follow: true }),
  row(
    'through a link, defaults',
    linked,
    { content: 'new\n' },
    { content: 'new\n' },
    {
      differs: {
        why: 'follow is true where it is not said, as it is for lineInFile and as an editor does it: a link that somebody made is not lost by a task that says nothing of it',
        ours: ['file symlink to real', 'real 0640 root:root "new\\n"'],
        theirs: ['file 0644 root:root "new\\n"', 'real 0640 root:root "old\\n"'],
      },
    },
  ),
  row('in the place of a link', linked, { content: 'new\n', follow: false }, { content: 'new\n', follow: false }),
  row('mode through a link', linked, { mode: '0600' }, { mode: '0600' }),
  row(
    'in a folder that is not there',
    '',
    { content: 'a\n' },
    { content: 'a\n' },
    { at: 'none/file', reports: 'failed' },
  ),
  row('where a folder is', 'mkdir file\n', { content: 'a\n' }, { content: 'a\n' }, { reports: 'failed' }),
  row('a name with blanks and quotes', '', { content: 'a\n' }, { content: 'a\n' }, { at: `it's "a" $file *` }),
  row(
    'refused by validate',
    old,
    { content: 'bad\n', validate: 'grep -q good %s' },
    { content: 'bad\n', validate: 'grep -q good %s' },
    { reports: 'failed' },
  ),
  row('absent', old, { state: 'absent' }, { state: 'absent' }),
  row('absent already', '', { state: 'absent' }, { state: 'absent' }, { reports: 'ok' }),
  row('absent, a link', linked, { state: 'absent' }, { state: 'absent' }),
  row('absent, a link that leads nowhere', 'ln -s none file\n', { state: 'absent' }, { state: 'absent' }),
  row(
    'absent, in a folder that is not there',
    '',
    { state: 'absent' },
    { state: 'absent' },
    { at: 'none/file', reports: 'ok' },
  ),
  row(
    'absent, a folder with content',
    'mkdir file; echo dear >file/data\n',
    { state: 'absent' },
    { state: 'absent' },
    {
      reports: 'failed',
      differs: {
        why: 'file is about files: it removes no folder with all that is in it, since a path that is wrong by a word would cost data; directory does',
        ours: ['reports failed, then failed', 'file directory 0755 root:root', 'file/data 0644 root:root "dear\\n"'],
        theirs: ['reports changed, then ok'],
      },
    },
  ),
]

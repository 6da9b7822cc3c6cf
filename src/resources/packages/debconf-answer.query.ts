/** Asks debconf for answers: one perl for any number of questions; secret answers leave the host only as checksums. */

import { defineQuery, type QueryKind } from '../../plan/query.ts'
import { quote } from '../../shell/quote.ts'

/** A question, and whether its answer must not leave the host. */
export interface DebconfQuestion {
  readonly question: string
  readonly isSecret: boolean
}

/** What debconf knows. */
export type DebconfAnswer =
  | { readonly kind: 'value'; readonly type: string; readonly value: string }
  | { readonly kind: 'digest'; readonly type: string; readonly sha256: string }
  /** Nobody has registered the question. */
  | { readonly kind: 'unasked' }
  /** There is no debconf, or it does not let the user of the task read. */
  | { readonly kind: 'unreadable'; readonly reason: string }

// What debconf-show does, without leaving out passwords. Debconf keeps them in a file of their own, which root reads.
const reader = `use Debconf::Db; use Debconf::Question;
$| = 1;
Debconf::Db->load(readonly => "true");
for my $asked (@ARGV) {
  my ($mark, $name) = split(/ /, $asked, 2);
  my $question = Debconf::Question->get($name);
  if (!defined $question) { print "unasked\\n"; next }
  my ($type, $value) = ($question->type, $question->value);
  $value = "" unless defined $value;
  if ($mark eq "secret" || $type eq "password") {
    print "digest $type ";
    open(my $sum, "|-", "sha256sum") or die;
    print $sum $value;
    close($sum) or die;
  } else {
    $value =~ s/\\\\/\\\\\\\\/g; $value =~ s/\\n/\\\\n/g;
    print "value $type $value\\n";
  }
}`

const debconfAnswerQuery: QueryKind<DebconfQuestion, DebconfAnswer> = {
  name: 'debconf-answer',
  key: ({ question, isSecret }) => `${isSecret} ${question}`,
  script: (questions) => {
    const words = questions.map(({ question, isSecret }) => quote(`${isSecret ? 'secret' : 'plain'} ${question}`))
    return `if ! command -v debconf-set-selections >/dev/null; then echo 'the host has no debconf'
elif ! [ -r /var/cache/debconf/passwords.dat ]; then echo 'the user of the task may not read the answers'
else LC_ALL=C.UTF-8 perl -e ${quote(reader)} -- ${words.join(' ')} 2>&1
fi`
  },
  parse: ({ stdout }, questions) => {
    const rows = stdout.toString().split('\n').slice(0, -1)
    const wrong = rows.find((row) => !/^(unasked$|digest |value )/.test(row))
    const reason = wrong ?? (rows.length === questions.length ? undefined : 'debconf does not answer')
    if (reason !== undefined) return questions.map(() => ({ kind: 'unreadable', reason }))
    return rows.map(answerOf)
  },
}

/** The answer to a question. */
export const debconfAnswer = defineQuery(debconfAnswerQuery)

function answerOf(row: string): DebconfAnswer {
  const [kind, type = '', ...rest] = row.split(' ')
  const text = rest.join(' ')
  if (kind === 'unasked') return { kind }
  if (kind === 'digest') return { kind, type, sha256: text.slice(0, 64) }
  return { kind: 'value', type, value: text.replaceAll(/\\(.)/g, (_all, letter) => (letter === 'n' ? '\n' : letter)) }
}

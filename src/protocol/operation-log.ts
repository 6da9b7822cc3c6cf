/** The log of an operation on the host: a filter between the commands and the wire, which keeps what they print. */

import { quote } from '../shell/quote.ts'

/** Bytes of an operation's output that the host keeps: the first, and the last. */
export const logLimits = { first: 256 * 1024, last: 768 * 1024 }

// Reads what the chain prints, sends it on as it comes, and keeps it in the log, all but the marks. The chain ends with a
// line of its own, and the filter with it: a process that a command left in the background holds the pipe open for as long
// as it likes. It can go on, because a child of the filter reads what it prints, and drops it. A wire that is gone is no
// reason to stop. The status of the chain goes to the standard output. Nothing but built-in functions, because loading a
// module takes longer than all else.
const filter = `
($first, $last) = @ARGV;
($m, $l) = delete @ENV{"FD_N", "FD_L"};
$SIG{PIPE} = $SIG{HUP} = "IGNORE";
open W, ">&=4"; open L, ">", $l;
$w = "\\n$m"; $h = $t = ""; $n = $cut = 0;
sub wire {
  my ($b, $o) = ($_[0], 0);
  while ($o < length $b) {
    my $c = syswrite W, $b, length($b) - $o, $o;
    if (defined $c) { $o += $c } elsif ($! == 11) { select undef, undef, undef, .01 } else { last }
  }
}
sub keep {
  my $b = $_[0];
  wire($b);
  if ($n < $first) { my $p = substr $b, 0, $first - $n; syswrite L, $p; $n += length $p; $b = substr $b, length $p }
  $t .= $b;
  if (length $t > 2 * $last) { $cut += length($t) - $last; $t = substr $t, -$last }
}
CHUNK: while (sysread STDIN, $b, 65536) {
  $h .= $b;
  while (($i = index $h, $w) >= 0 && ($j = index $h, "\\n", $i + length $w) >= 0) {
    keep(substr $h, 0, $i);
    $line = substr $h, $i, $j + 1 - $i; $h = substr $h, $j + 1;
    if ($line =~ /:([0-9]+)/) { $f = $1; last CHUNK }
    wire($line);
  }
  if ($i < 0) { $i = rindex $h, "\\n"; $i = length $h if $i < 0 || index $w, substr $h, $i }
  keep(substr $h, 0, $i); $h = substr $h, $i;
}
if (length $t > $last) { $cut += length($t) - $last; $t = substr $t, -$last }
syswrite L, "\\n[$cut bytes of output are not kept]\\n" if $cut;
syswrite L, $t;
exit if !defined $f;
for (;;) {
  $r = ""; vec($r, 0, 1) = 1;
  if (!select $r, undef, undef, .05) { if (!fork) { close STDOUT; close STDERR; close W; 1 while sysread STDIN, $b, 65536; exit } last }
  last if !sysread STDIN, $b, 65536;
}
syswrite STDOUT, $f;
`

// The chain may outlive its shell, where only that is killed. `$$` is the shell in it too.
const nameChain = 'read -r q _ </proc/self/stat; t "$q"; { echo "$q $T $B busy" >"$D/chain"; } 2>/dev/null'

// The mark and the folder go by the environment: everyone on the host can read the arguments of a process, and a program that
// a task runs as another user could end a section by itself.
/**
 * The links of a chain with their output on its way to the wire and to the log; afterwards $f is the chain's status. Where
 * the filter or the chain was killed, the shell ends.
 */
export function keepingLog(links: string): string {
  const { first, last } = logLimits
  const perl = `FD_N="$N" FD_L="$D/log" LC_ALL=C PERL5OPT= perl -e ${quote(filter)} ${first} ${last}`
  const chain = `{ f=0; ${nameChain}\n${links}\nprintf '\\n%s:%s\\n' "$N" "$f"; } 4>&-`
  // Ignored before anything is forked: a hang-up must find no part of this that is not ready for it yet.
  return `trap '' PIPE HUP\n{ f=$( ${chain} | ${perl} 9>&- ); } 4>&1\ntrap : PIPE HUP\n[ -n "$f" ] || exit 70`
}

/** What speaks to HAProxy by its runtime socket: perl, which Debian and Ubuntu always have. */

/**
 * Two functions in perl. `ask(path, commands)` gives the whole answer, or nothing, with the reason in `$!`, where none comes.
 * `servers(path)` gives what HAProxy knows of its servers, by `backend/server`; whether it answered is in `$answered`.
 */
export const haproxyFunctions = String.raw`use Socket;
sub ask {
  my ($path, $commands) = @_;
  my $socket;
  socket($socket, PF_UNIX, SOCK_STREAM, 0) && connect($socket, sockaddr_un($path)) or return;
  syswrite $socket, "$commands\n";
  local $/;
  return scalar(<$socket>) // "";
}
sub servers {
  my $answer = ask($_[0], "show servers state;show stat -1 4 -1");
  $answered = defined $answer or return;
  my (@names, $isList, %servers, %others);
  for (split /\n/, $answer) {
    if (s/^# //) { $isList = /,/; @names = $isList ? split /,/ : split / /; next }
    next unless @names && length;
    my %row;
    @row{@names} = $isList ? /("(?:[^"]|"")*"|[^,]*)(?:,|$)/g : split / /;
    my ($backend, $server) = $isList ? @row{"pxname", "svname"} : @row{"be_name", "srv_name"};
    my $of = $servers{"$backend/$server"} //= { backend => $backend };
    if ($isList) {
      $of->{sessions} = $row{scur} + $row{qcur};
      $of->{check} = "$row{check_status} $row{last_chk}";
      # HAProxy takes a server for up when it comes out of maintenance; a check that succeeds makes its health whole.
      $of->{whole} = !length $row{check_health} || $row{check_health} >= $row{check_rise} + $row{check_fall} - 1;
      next;
    }
    my $admin = $row{srv_admin_state};
    @$of{"admin", "weight"} = ($admin & 33 ? "maint" : $admin & 24 ? "drain" : "ready", $row{srv_uweight});
    $of->{up} = $row{srv_op_state} == 1 || $row{srv_op_state} == 2 ? 1 : 0;
    $of->{checked} = $row{srv_check_state} & 2 ? 1 : 0;
    $of->{usable} = $of->{up} && !($admin & 59) && $of->{weight} > 0;
    $others{$backend}++ if $of->{usable};
  }
  $_->{others} = ($others{$_->{backend}} // 0) - ($_->{usable} ? 1 : 0) for values %servers;
  return %servers;
}`

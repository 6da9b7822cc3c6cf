/** Asking HAProxy by its runtime socket, with perl, which Debian and Ubuntu always have. */

/** A program in perl that prints what HAProxy at the socket (its first argument) answers to the second. */
export const askHaproxy = `use Socket;
alarm 5;
my ($path, $commands) = @ARGV;
my $haproxy;
socket($haproxy, PF_UNIX, SOCK_STREAM, 0) && connect($haproxy, sockaddr_un($path)) or exit 3;
syswrite $haproxy, "$commands\\n";
print while <$haproxy>;`

# Written by foobar-deploy; changes made here are lost.
# Keeps what HAProxy knows of its servers for the process that a reload starts.
use strict;
use Socket;
my $file = "/run/haproxy/server-state";
alarm 5;
# What is old must not be taken for what is.
unlink $file;
socket(my $haproxy, PF_UNIX, SOCK_STREAM, 0) or die "$!\n";
connect($haproxy, sockaddr_un("/run/haproxy/admin.sock")) or die "HAProxy does not answer: $!\n";
syswrite $haproxy, "show servers state\n";
local $/;
my $state = <$haproxy>;
# A port that checks have is told as one of agents too, which the new process would complain of.
if ($state =~ /^# (.*)$/m) {
  my @names = split / /, $1;
  my ($agent) = grep { $names[$_] eq "srv_agent_port" } 0 .. $#names;
  $state =~ s/^((?:\S+ ){$agent})\d+/${1}0/gm if defined $agent;
}
open(my $new, ">", "$file.new") or die "$!\n";
print $new $state;
close($new) and rename("$file.new", $file) or die "$!\n";

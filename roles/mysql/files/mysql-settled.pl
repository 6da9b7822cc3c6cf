#!/usr/bin/perl
# Waits until replication goes on after a change: on a replica until it has caught up, on the primary until it is writable and
# the replicas that answer have caught up. Needs perl-base and the server's own client.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use POSIX ();

my (%given, @peers);
for (@ARGV) {
  if (/^--peer=([\w.-]+) (\S+) (\d+) (\d+)$/) { push @peers, { name => $1, address => $2, health => $3 } }
  elsif (/^--([a-z-]+)=(.*)$/s) { $given{$1} = $2 }
  else { die "unknown argument: $_\n" }
}
my ($flavor, $role, $seconds, $max_lag_seconds) =
  map { $given{$_} // die "--$_ is missing\n" } qw(flavor role seconds max-lag-seconds);
# Nobody sets this clock.
my $ticks_per_second = POSIX::sysconf(POSIX::_SC_CLK_TCK());
sub now { return (POSIX::times())[0] / $ticks_per_second }
my $until = now() + $seconds;

sub client {
  my ($statement) = @_;
  my @command = ($flavor eq 'mariadb' ? 'mariadb' : 'mysql', '--no-defaults', '--connect-timeout=5', '-E', '-e', $statement);
  my $pid = open(my $from, '-|') // die "fork: $!\n";
  if (!$pid) { open(STDERR, '>&', \*STDOUT); exec @command or exit 127 }
  my $text = join '', <$from>;
  close $from;
  return ($? == 0, $text);
}

# What is still to come, or undef.
sub unsettled_here {
  if ($role eq 'primary') {
    my ($is_answered, $text) = client('SELECT @@global.read_only AS is_closed');
    return $text if !$is_answered;
    return $text =~ /is_closed: (?:0|OFF)$/m ? undef : 'this server is not writable yet (journalctl -u mysql-writable)';
  }
  my ($is_answered, $text) = client($flavor eq 'mariadb' ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS');
  return $text if !$is_answered;
  my %row = $text =~ /^\s*(\w+): (.*)$/mg;
  if (!%row) { print STDERR "this server replicates from none\n"; exit 1 }
  my ($io, $sql, $lag) = map { my $name = $_; (map { $row{"$_$name"} // () } qw(Replica_ Slave_))[0] } qw(IO_Running SQL_Running);
  $lag = $row{Seconds_Behind_Source} // $row{Seconds_Behind_Master} // 'NULL';
  return undef if $io eq 'Yes' && $sql eq 'Yes' && $lag ne 'NULL' && $lag <= $max_lag_seconds;
  return "replication: IO thread $io, SQL thread $sql, $lag s behind; $row{Last_IO_Error} $row{Last_SQL_Error}";
}

sub asked {
  my ($peer, $path) = @_;
  my $socket = IO::Socket::IP->new(PeerHost => $peer->{address}, PeerPort => $peer->{health}, Timeout => 2) or return '';
  print $socket "GET $path HTTP/1.1\r\nHost: $peer->{name}\r\nConnection: close\r\n\r\n";
  my ($text, $readable) = ('', IO::Select->new($socket));
  1 while $readable->can_read(2) && sysread($socket, $text, 65536, length $text);
  return $text;
}

sub wait_for {
  my ($unsettled) = @_;
  while (my $what = $unsettled->()) {
    if (now() >= $until) { print STDERR "after $seconds s: $what\n"; exit 1 }
    select(undef, undef, undef, 0.2);
  }
}

wait_for(\&unsettled_here);
for my $peer ($role eq 'primary' ? @peers : ()) {
  wait_for(
    sub {
      my $status = asked($peer, '/status');
      # One that is not there, or is no replica yet, is not waited for.
      return undef if $status !~ m{^HTTP/1.1 200 } || $status !~ /"role":"replica"/;
      return undef if asked($peer, '/read') =~ m{^HTTP/1.1 200 } && $status =~ /"ioRunning":true/;
      my ($error) = $status =~ /"lastError":"([^"]*)"/;
      return "$peer->{name} has not caught up; " . ($error // 'it says no reason');
    }
  );
}

#!/usr/bin/perl
# Makes the database server of this host writable, if no other server can be: it asks the peers first, and waits for those that
# do not answer. --mode=promote makes a replica the primary. Needs perl-base and the server's own client. Written by foobar-deploy.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;
use POSIX ();

# Exit codes besides 0. systemd starts the program again after a failure, not after a refusal.
my ($failed, $refused, $unanswered) = (1, 3, 4);
$SIG{__DIE__} = sub { die @_ if $^S; print STDERR @_; exit $failed };

my (%given, @peers);
for (@ARGV) {
  if (/^--peer=([\w.-]+) (\S+) (\d+) (\d+)$/) { push @peers, { name => $1, address => $2, health => $3, server => $4 } }
  elsif (/^--([a-z-]+)=(.*)$/s) { $given{$1} = $2 }
  else { die "unknown argument: $_\n" }
}
my ($flavor, $state) = map { $given{$_} // die "--$_ is missing\n" } qw(flavor state);
# For how long peers may be silent before it goes on without them; 0 means forever.
my $patience_seconds = $given{'write-after-seconds'} // 0;
# boot: started by systemd with the server. apply: a person runs it, so a peer may not be set up yet. check: changes nothing;
# it exits with 0 if nothing speaks against opening the server. promote: see below.
my $mode = $given{mode} // 'boot';
die "unknown mode: $mode\n" if $mode !~ /^(?:boot|apply|check|promote)$/;

# Seconds by a clock that nobody sets: at boot, NTP may move the other one by hours.
my $ticks_per_second = POSIX::sysconf(POSIX::_SC_CLK_TCK());
sub now { return (POSIX::times())[0] / $ticks_per_second }

$SIG{PIPE} = 'IGNORE';
$| = 1;
my ($last_report, $reported_at) = ('', 0);

sub report {
  my ($text) = @_;
  return if $text eq $last_report && now() - $reported_at < 60;
  ($last_report, $reported_at) = ($text, now());
  print "$text\n";
}

sub refuse {
  print "$_[0]: this server stays read-only\n";
  exit $refused;
}

sub pause { select(undef, undef, undef, $_[0]) }

# --- the server ---

sub client {
  my ($form, $statement) = @_;
  my @client = ($flavor eq 'mariadb' ? 'mariadb' : 'mysql', '--no-defaults', '--connect-timeout=5', $form);
  open(my $client, '-|', @client, '-e', $statement) or die "$client[0]: $!\n";
  my $text = join '', <$client>;
  return close $client ? $text : undef;
}

sub ask_server {
  my ($statement) = @_;
  my $text = client('-NB', $statement) // return undef;
  # The client writes a line break inside a value as two characters.
  return $text =~ s/\\n|\s+$//gr;
}

my $replica_rows = $flavor eq 'mariadb' ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS';
my $executed =
  $flavor eq 'mariadb'
  ? q{CONCAT_WS(',', NULLIF(@@global.gtid_binlog_state, ''), NULLIF(@@global.gtid_slave_pos, ''))}
  : '@@global.gtid_executed';

# undef while the server does not answer.
sub own_state {
  my $text = ask_server("SELECT \@\@global.read_only, $executed; $replica_rows") // return undef;
  my ($first, $sources) = split /\n/, $text, 2;
  my ($read_only, $set) = split /\t/, $first // '';
  return undef if !defined $read_only;
  # MariaDB 12 has words for it.
  my $is_open = $read_only =~ /^(?:0|OFF)$/i ? 1 : 0;
  return { is_open => $is_open, executed => $set // '', is_replica => length($sources // '') > 0 };
}

# Whether all transactions of one set are in another. MariaDB names the last transaction of each server in each domain, MySQL
# names all. Numbers of different servers must not be compared: they may have written at the same time.
sub has_all {
  my ($theirs, $ours) = @_;
  if ($flavor eq 'mariadb') {
    return 0 if $theirs !~ /^(?:\d+-\d+-\d+(?:,|$))*$/;
    my %last;
    while ($ours =~ /(\d+-\d+)-(\d+)/g) { $last{$1} = $2 if $2 > ($last{$1} // 0) }
    while ($theirs =~ /(\d+-\d+)-(\d+)/g) { return 0 if $2 > ($last{$1} // 0) }
    return 1;
  }
  return 0 if $theirs !~ /^[\w:,-]*$/ || $ours !~ /^[\w:,-]*$/;
  return (ask_server("SELECT GTID_SUBSET('$theirs', '$ours')") // '') eq '1';
}

# --- the peers ---

sub connection_to {
  my ($address, $port) = @_;
  return IO::Socket::IP->new(PeerHost => $address, PeerPort => $port, Timeout => 2);
}

sub refuses {
  my ($address, $port) = @_;
  return !connection_to($address, $port) && $!{ECONNREFUSED};
}

sub mark_of { return "$state/met-$_[0]{name}" }

# Made before the source is forgotten: whoever was interrupted after that may go on.
my $promotion_mark = "$state/promoting";

sub make_mark {
  my ($path) = @_;
  return if -e $path;
  mkdir $state;
  open(my $mark, '>', $path) or die "$path: $!\n";
}

# What the health daemon of a peer says, as members of one flat object; undef if it does not tell a whole state. A peer whose
# daemon was seen once is set up, and is waited for from then on.
sub status_of {
  my ($peer) = @_;
  my $socket = connection_to($peer->{address}, $peer->{health}) or return undef;
  make_mark(mark_of($peer)) if $mode ne 'check';
  print $socket "GET /status HTTP/1.1\r\nHost: $peer->{name}\r\nConnection: close\r\n\r\n";
  my ($text, $until) = ('', now() + 3);
  my $readable = IO::Select->new($socket);
  while ($readable->can_read(POSIX::fmax(0, $until - now()))) {
    my $count = sysread($socket, $text, 65536, length $text);
    last if !$count;
  }
  return undef if $text !~ m{^HTTP/1\.\d 200 };
  my %status;
  $status{$1} = $2 // $3 while $text =~ /"(\w+)":(?:"([^"]*)"|(true|false|\d+))/g;
  return defined $status{isWritable} && defined $status{gtidExecuted} ? \%status : undef;
}

# Refuses if a peer speaks against opening the server. Gives the peers that do not answer. Only a person who runs apply can know
# that a peer is not set up yet: at boot, its programs may just not have started.
sub silent_peers {
  my ($own) = @_;
  my @silent;
  for my $peer (@peers) {
    if (my $status = status_of($peer)) {
      refuse("$peer->{name} is writable") if $status->{isWritable} eq 'true';
      refuse("$peer->{name} has transactions that are not here ($status->{gtidExecuted})")
        if !has_all($status->{gtidExecuted}, $own->{executed});
      next;
    }
    my $is_new = !-e mark_of($peer) && refuses($peer->{address}, $peer->{health});
    my $is_bare = $is_new && refuses($peer->{address}, $peer->{server});
    next if $is_bare && $mode eq 'apply';
    push @silent, { name => $peer->{name}, is_new => $is_new, is_bare => $is_bare };
  }
  return @silent;
}

sub advice_for {
  my @new = grep { $_->{is_new} } @_;
  return '' if !@new;
  my $names = join ',', map { $_->{name} } @new;
  return "; if $names was never set up, apply to this host" if !grep { !$_->{is_bare} } @new;
  return "; it has a server and no health daemon yet, so apply to it first: --limit $names";
}

# --- opening the server ---

sub wait_for_peers {
  my $began = now();
  while (1) {
    my $own = own_state();
    if ($own) {
      return 0 if $own->{is_open};
      refuse('it replicates from another server') if $own->{is_replica};
      my @silent = silent_peers($own) or return 1;
      my $names = join ', ', map { $_->{name} } @silent;
      exit $unanswered if $mode eq 'check' && print "$names: no answer\n";
      if ($patience_seconds && now() - $began >= $patience_seconds) {
        print "$names did not answer for $patience_seconds s, and write-after-seconds says to go on without\n";
        return 1;
      }
      report("waiting for $names to say that no other server is writable" . advice_for(@silent));
    } else {
      report('waiting until the server answers');
      exit $unanswered if $mode eq 'check';
    }
    pause(0.5);
  }
}

# What comes before belongs to the same call of the client: between them, the server could neither be read nor written.
sub open_server {
  my ($before) = @_;
  defined ask_server("${before}SET GLOBAL read_only = OFF") or die "the server could not be made writable\n";
  # Two that ask at the same moment both hear no; then neither may be writable.
  for my $peer (@peers) {
    my $status = status_of($peer) // next;
    next if $status->{isWritable} ne 'true';
    ask_server('SET GLOBAL ' . ($flavor eq 'mariadb' ? 'read_only' : 'super_read_only') . ' = ON');
    refuse("$peer->{name} became writable at the same time");
  }
  unlink $promotion_mark;
  print "this server is writable\n";
}

# --- promoting a replica ---

# The state of replication by the names of its columns, without the word that differs between servers.
sub replication {
  my $text = client('-E', 'SHOW REPLICA STATUS') // die "the server does not say how it replicates\n";
  my (%row, $last);
  for (split /\n/, $text) {
    if (/^\s*(?:Replica_|Slave_|Source_|Master_)?(\w+): ?(.*)$/) { $row{ $last = $1 } = $2 }
    # A set of transactions continues on the next line.
    elsif (defined $last) { $row{$last} .= $_ }
  }
  return \%row;
}

# Applies everything that was received, and receives nothing more. If that cannot be done, replication goes on as before.
sub apply_received {
  my $seconds = $given{seconds} // 600;
  my $until = now() + $seconds;
  my $give_up = sub { ask_server('START REPLICA IO_THREAD'); refuse($_[0]) };
  my $left = sub {
    my ($row) = @_;
    my ($received, $applied) = ($row->{Retrieved_Gtid_Set}, $row->{Executed_Gtid_Set});
    ($received, $applied) = ($row->{Gtid_IO_Pos}, ask_server("SELECT $executed") // '') if $flavor eq 'mariadb';
    return has_all($received // '', $applied // '') ? undef : $received;
  };
  my $row = replication();
  if ($row->{SQL_Running} eq 'No' && !$row->{Last_SQL_Error} && $left->($row)) {
    # With both threads stopped, MariaDB empties the relay log before it starts one.
    refuse("both threads of replication are stopped, and received transactions are not applied ($row->{Gtid_IO_Pos})")
      if $flavor eq 'mariadb' && $row->{IO_Running} eq 'No';
    ask_server('START REPLICA SQL_THREAD');
  }
  # A source that was closed for a switchover has executed all that there will be: it is given time to arrive.
  my ($source) = grep { $_->{address} eq ($row->{Host} // '') } @peers;
  my $arrived_by = now() + ($given{'arrive-seconds'} // 10);
  my $at_source = $row->{IO_Running} eq 'Yes' && $source && status_of($source);
  while ($at_source && $at_source->{isWritable} eq 'false' && now() < $arrived_by) {
    last if has_all($at_source->{gtidExecuted}, ask_server("SELECT $executed") // '') || replication()->{IO_Running} ne 'Yes';
    pause(0.02);
  }
  # While it tries to reach a host that is off, that takes up to slave_net_timeout. The applier goes on meanwhile.
  report('waiting for the I/O thread to stop');
  defined ask_server('STOP REPLICA IO_THREAD') or die "the I/O thread could not be stopped\n";
  while (my $received = $left->($row = replication())) {
    $give_up->("a received transaction cannot be applied ($row->{Last_SQL_Error})") if $row->{Last_SQL_Error};
    $give_up->("after $seconds s, received transactions are not applied yet ($received)") if now() >= $until;
    report("applying what was received ($received)");
    pause(0.05);
  }
  return $row;
}

sub promote {
  my $own = own_state() // die "the server does not answer\n";
  if (!$own->{is_replica}) {
    if ($own->{is_open}) { print "this server is writable\n"; exit 0 }
    refuse('it replicates from no server') if !-e $promotion_mark;
  }
  my $refuse_if_writable = sub {
    for my $peer (@peers) {
      my $status = status_of($peer);
      refuse("$peer->{name} is writable; switch it off first") if $status && $status->{isWritable} eq 'true';
      refuse("$peer->{name} runs and does not say that it is read-only; switch it off first")
        if !$status && connection_to($peer->{address}, $peer->{server});
    }
  };
  $refuse_if_writable->();
  return open_server('') if !$own->{is_replica};
  my $row = apply_received();
  my $set = ask_server("SELECT $executed") // die "the server does not answer\n";
  for my $peer (@peers) {
    make_mark(mark_of($peer)) if $peer->{address} eq ($row->{Host} // '');
    my $status = status_of($peer) // next;
    my $objection =
        $status->{isWritable} eq 'true' ? 'is writable; switch it off first'
      : !has_all($status->{gtidExecuted}, $set) ? "has transactions that are not here ($status->{gtidExecuted})"
      : next;
    ask_server('START REPLICA IO_THREAD');
    refuse("$peer->{name} $objection");
  }
  make_mark($promotion_mark);
  print "everything received is applied\n";
  open_server('STOP REPLICA; RESET REPLICA ALL; ');
}

if ($mode eq 'promote') { promote(); exit 0 }
my $is_to_open = wait_for_peers();
exit 0 if $mode eq 'check';
open_server('') if $is_to_open;
exit 0 if $mode eq 'apply';
# A peer that is set up later is met then.
while (my @unmet = grep { !-e mark_of($_) } @peers) {
  status_of($_) for @unmet;
  pause(1);
}

#!/usr/bin/perl
# Makes the database server of this host writable, if no other server can be: asks the peers first, and waits for those that
# are silent. Needs perl-base and the server's own client. Written by foobar-deploy.
use strict;
use warnings;
use IO::Select;
use IO::Socket::IP;

my (%given, @peers);
for (@ARGV) {
  if (/^--peer=([\w.-]+) (\S+) (\d+) (\d+)$/) { push @peers, { name => $1, address => $2, health => $3, server => $4 } }
  elsif (/^--([a-z-]+)=(.*)$/s) { $given{$1} = $2 }
  else { die "unknown argument: $_\n" }
}
my ($flavor, $state) = map { $given{$_} // die "--$_ is missing\n" } qw(flavor state);
# For how long peers may be silent before it goes on without them; 0 for ever.
my $patience_seconds = $given{'write-after-seconds'} // 0;
# Only tell: 0 if nothing speaks against it, 1 if something does, 2 if a peer is silent.
my $is_check = ($given{mode} // '') eq 'check';

$| = 1;
my $told = '';
my $told_at = 0;

sub report {
  my ($text) = @_;
  return if $text eq $told && time - $told_at < 60;
  ($told, $told_at) = ($text, time);
  print "$text\n";
}

sub refuse {
  print "$_[0]: this server stays read-only\n";
  exit 1;
}

# --- the server ---

sub ask_server {
  my ($statement) = @_;
  my @client = ($flavor eq 'mariadb' ? 'mariadb' : 'mysql', '--no-defaults', '--connect-timeout=5', '-NB');
  open(my $client, '-|', @client, '-e', $statement) or die "$client[0]: $!\n";
  my $text = join '', <$client>;
  close $client or return undef;
  $text =~ s/\\n|\s+$//g;
  return $text;
}

my $replica_rows = $flavor eq 'mariadb' ? 'SHOW ALL SLAVES STATUS' : 'SHOW REPLICA STATUS';
my $executed = $flavor eq 'mariadb' ? q{CONCAT_WS(',', @@global.gtid_binlog_pos, @@global.gtid_slave_pos)} : '@@global.gtid_executed';

# MariaDB names the last transaction of each domain, MySQL all there are.
sub has_all {
  my ($theirs, $ours) = @_;
  if ($flavor eq 'mariadb') {
    my %last;
    for ($ours =~ /(\d+-\d+-\d+)/g) {
      my ($domain, undef, $number) = split /-/;
      $last{$domain} = $number if $number > ($last{$domain} // -1);
    }
    for ($theirs =~ /(\d+-\d+-\d+)/g) {
      my ($domain, undef, $number) = split /-/;
      return 0 if $number > ($last{$domain} // -1);
    }
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

# The status that a peer tells, as members of one flat object; undef where it tells none.
sub status_of {
  my ($peer) = @_;
  my $socket = connection_to($peer->{address}, $peer->{health}) or return undef;
  print $socket "GET /status HTTP/1.1\r\nHost: $peer->{name}\r\nConnection: close\r\n\r\n";
  my ($text, $until) = ('', time + 3);
  my $readable = IO::Select->new($socket);
  while (time < $until && $readable->can_read(1)) {
    my $count = sysread($socket, $text, 65536, length $text);
    last if !$count;
  }
  return undef if $text !~ m{^HTTP/1\.\d 200 };
  my %status;
  $status{$1} = $2 // $3 while $text =~ /"(\w+)":(?:"([^"]*)"|(true|false|null|\d+))/g;
  return exists $status{isWritable} ? \%status : undef;
}

sub refuses {
  my ($address, $port) = @_;
  return !connection_to($address, $port) && $!{ECONNREFUSED};
}

sub mark_of { return "$state/met-$_[0]{name}" }

# Dies where a peer speaks against it; gives those that are silent, and which of them were never met and have a server but no
# health daemon: a run was interrupted before they were complete.
sub silent_peers {
  my ($own) = @_;
  my @silent;
  for my $peer (@peers) {
    my $status = status_of($peer);
    if ($status) {
      if (!-e mark_of($peer) && !$is_check) { open(my $mark, '>', mark_of($peer)) or die "$state: $!\n" }
      refuse("$peer->{name} is writable") if $status->{isWritable} eq 'true';
      refuse("$peer->{name} has transactions that are not here ($status->{gtidExecuted})")
        if !has_all($status->{gtidExecuted} // '', $own);
    } else {
      my $is_new = !-e mark_of($peer) && refuses($peer->{address}, $peer->{health});
      # It is not set up yet: it was never met, and neither its server nor its health daemon is there.
      next if $is_new && refuses($peer->{address}, $peer->{server});
      push @silent, { name => $peer->{name}, is_incomplete => $is_new };
    }
  }
  return @silent;
}

my $began = time;
while (1) {
  my $closed = ask_server('SELECT @@global.read_only');
  if (!defined $closed) {
    report('waiting until the server answers');
    exit 2 if $is_check;
    sleep 1;
    next;
  }
  exit 0 if $closed eq '0';
  my $sources = ask_server($replica_rows) // next;
  refuse('it replicates from another server') if $sources ne '';
  my $own = ask_server("SELECT $executed") // next;
  my @silent = silent_peers($own);
  last if !@silent;
  my $names = join ', ', map { $_->{name} } @silent;
  exit 2 if $is_check && print "$names: no answer\n";
  if ($patience_seconds && time - $began >= $patience_seconds) {
    print "$names did not answer for $patience_seconds s, and it was said to go on without\n";
    last;
  }
  my $incomplete = join ',', map { $_->{name} } grep { $_->{is_incomplete} } @silent;
  my $advice = $incomplete ? "; it has a server and no health daemon yet, so apply to it first: --limit $incomplete" : '';
  report("waiting for $names to say that no other server is writable$advice");
  select(undef, undef, undef, 0.5);
}
exit 0 if $is_check;
defined ask_server('SET GLOBAL read_only = OFF') or die "read_only could not be changed\n";
# Two that ask at the same moment both hear no; then neither may be.
for my $peer (@peers) {
  my $status = status_of($peer) // next;
  next if $status->{isWritable} ne 'true';
  ask_server('SET GLOBAL ' . ($flavor eq 'mariadb' ? 'read_only' : 'super_read_only') . ' = ON');
  refuse("$peer->{name} became writable at the same time");
}
print "this server is writable\n";

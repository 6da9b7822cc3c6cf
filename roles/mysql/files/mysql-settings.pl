#!/usr/bin/perl
# Puts the configuration file into force: what can be changed while the server runs is set, else the server is restarted; then
# what it runs with must be what is written. Needs perl-base and the server's own client. Written by foobar-deploy.
use strict;
use warnings;
use POSIX ();

my %given = map { /^--([a-z-]+)=(.*)$/s ? ($1 => $2) : die "unknown argument: $_\n" } @ARGV;
my ($file, $flavor, $unit, $seconds, $record) =
  map { $given{$_} // die "--$_ is missing\n" } qw(file flavor unit seconds record);
$| = 1;

sub client {
  my ($statement) = @_;
  my @command = ($flavor eq 'mariadb' ? 'mariadb' : 'mysql', '--no-defaults', '--connect-timeout=5', '-NB', '-e', $statement);
  my $pid = open(my $from, '-|') // die "fork: $!\n";
  if (!$pid) { open(STDERR, '>&', \*STDOUT); exec @command or exit 127 }
  my $text = join '', <$from>;
  close $from;
  return ($? == 0, $text);
}

# --- what is written ---

my (@written, %is_free);
my $is_in_free_part = 0;
open(my $lines, '<', $file) or die "$file: $!\n";
while (<$lines>) {
  $is_in_free_part = 1 if /^# Said by settings/;
  next if !/^\s*([a-z][\w-]*)\s*=\s*(.*?)\s*$/;
  my ($name, $value) = ($1 =~ tr/-/_/r, $2);
  # Open or closed is decided by mysql-writable.service.
  $name =~ s/^loose_//;
  $is_free{$name} = $is_in_free_part;
  push @written, [$name, $value] if $name !~ /^(?:super_)?read_only$/;
}
close $lines;

# One form for what the server shows otherwise than it is written.
my %unit_of = (K => 2**10, M => 2**20, G => 2**30);
sub same_form {
  my ($text) = @_;
  $text =~ s/^(["'])(.*)\1$/$2/;
  return 1 if $text =~ /^(?:on|true|yes)$/i;
  return 0 if $text =~ /^(?:off|false|no)$/i;
  return $1 * $unit_of{ uc $2 } if $text =~ /^(\d+)([KMG])$/i;
  return $text + 0 if $text =~ /^-?\d+(?:\.\d+)?$/;
  return lc $text;
}

# --- what the server runs with ---

# Options that are no variables show in the plugins they concern.
sub running {
  my ($is_up, $text) = client("SHOW GLOBAL VARIABLES; SELECT CONCAT('plugin ', PLUGIN_NAME), PLUGIN_STATUS FROM information_schema.PLUGINS; SELECT CONCAT('library ', PLUGIN_LIBRARY), 'ACTIVE' FROM information_schema.PLUGINS WHERE PLUGIN_LIBRARY IS NOT NULL");
  return undef if !$is_up;
  return { map { my ($name, $value) = split /\t/, $_, 2; (lc $name => $value // '') } split /\n/, $text };
}

# undef where it cannot be told.
sub is_in_force {
  my ($now, $name, $value) = @_;
  return $now->{log_bin_basename} =~ m{(?:^|/)\Q$value\E$} if $name eq 'log_bin' && same_form($value) !~ /^[01]$/;
  return same_form($now->{$name}) eq same_form($value) if exists $now->{$name};
  return (($now->{'plugin mysqlx'} // '') eq 'ACTIVE') == (same_form($value) eq '1') if $name eq 'mysqlx';
  return !grep { !$now->{ lc "library $_" } } split /;/, $value if $name eq 'plugin_load_add';
  return undef;
}

# --- changing it ---

# Changed while the server runs, these would not hold for what runs already, or not be whole.
my $wants_restart = qr/^(?:server_id|gtid_|enforce_gtid|log_bin|plugin_load|mysqlx$)/;

# Name and value before of what was set, the last first: what fails is taken back.
my @set;

sub assignment {
  my ($name, $value) = @_;
  my $form = same_form($value);
  my $text = $form =~ /^-?\d+(?:\.\d+)?$/ ? $form : "'" . ($value =~ s/^(["'])(.*)\1$/$2/r =~ s/(['\\])/\\$1/gr) . "'";
  return "SET GLOBAL $name = $text";
}

sub set {
  my ($before, $name, $value) = @_;
  return 0 if $name =~ $wants_restart || !exists $before->{$name};
  my ($is_done) = client(assignment($name, $value));
  return 0 if !$is_done;
  unshift @set, [$name, $before->{$name}];
  # MariaDB takes a buffer pool that is larger than it can become, and makes it as large as it was.
  my (undef, $now) = client("SELECT \@\@GLOBAL.$name");
  chomp $now;
  return 0 if !$is_free{$name} && same_form($now) ne same_form($value);
  print "$name = $value, set while the server runs\n";
  return 1;
}

sub give_up {
  print STDERR @_;
  client(assignment(@$_)) for @set;
  exit 1;
}

sub restart {
  my @why = @_;
  print 'the server is restarted: ', join(', ', @why), "\n";
  system('systemctl', 'reset-failed', "$unit.service");
  return if system('systemctl', 'restart', "$unit.service") == 0;
  print STDERR "the server does not start; what it said last:\n";
  system("journalctl -n 15 --no-pager -o cat -u $unit.service >&2; tail -n 15 /var/log/mysql/error.log >&2 2>/dev/null");
  exit 1;
}

# Nobody sets this clock.
my $ticks_per_second = POSIX::sysconf(POSIX::_SC_CLK_TCK());
sub now { return (POSIX::times())[0] / $ticks_per_second }

sub wait_for_server {
  my $until = now() + $seconds;
  while (now() < $until) {
    my $now = running();
    return $now if $now;
    select(undef, undef, undef, 0.1);
  }
  print STDERR "the server does not answer within $seconds s after its start\n";
  exit 1;
}

# What was written before and is no longer, has its old value until a restart.
sub no_longer_written {
  open(my $names, '<', $record) or return ();
  my %is_written = map { $_->[0] => 1 } @written;
  # The server id has moved to a file of its own.
  return grep { !$is_written{$_} && $_ ne 'server_id' } map { /^(\S+)$/ } <$names>;
}

sub remember {
  my $folder = $record =~ s{/[^/]*$}{}r;
  mkdir $folder;
  open(my $names, '>', "$record.new") or die "$record: $!\n";
  print $names map { "$_->[0]\n" } @written;
  close $names or die "$record: $!\n";
  rename "$record.new", $record or die "$record: $!\n";
}

my $before = running();
if (!$before) {
  restart('it does not answer');
} else {
  my @differing = grep { !is_in_force($before, @$_) } @written;
  my @reasons = map { $_->[0] } grep { !set($before, @$_) } @differing;
  if ($flavor eq 'mysql' && grep { $_->[0] =~ /^ssl_/ } @differing) {
    my ($is_done, $said) = client('ALTER INSTANCE RELOAD TLS');
    give_up($said) if !$is_done;
  }
  push @reasons, map { "$_ is no longer written" } no_longer_written();
  # A replica says whether it acknowledges when it connects.
  my $is_replica = length((client('SHOW REPLICA STATUS'))[1]) > 0;
  client('STOP REPLICA IO_THREAD; START REPLICA IO_THREAD')
    if !@reasons && $is_replica && grep { $_->[0] =~ /semi_sync_(?:replica|slave)_enabled$/ } @differing;
  restart(@reasons) if @reasons;
}
my $after = wait_for_server();
my $is_wrong = 0;
for (@written) {
  my ($name, $value) = @$_;
  next if is_in_force($after, $name, $value) // 1;
  my $found = $after->{$name} // 'something else';
  print STDERR "$name = $value is written, and the server has $found\n";
  # What was given freely may be shown in another form than it is written in.
  $is_wrong = 1 if !$is_free{$name};
}
# MySQL starts without TLS where it cannot have it.
if ($flavor eq 'mysql' && grep { $_->[0] =~ /^ssl_/ } @written) {
  my (undef, $said) = client("SHOW GLOBAL STATUS LIKE 'Ssl_server_not_after'");
  give_up("the server does not come up with TLS; the end of its log tells why: /var/log/mysql/error.log\n") if $said !~ /GMT/;
}
give_up("Does a later file or mysqld-auto.cnf override it?\n") if $is_wrong;
remember();

#!/usr/bin/perl
# Answers over HTTP whether the database server of this host is writable, or a replica to read from: one process, which asks
# the server over its socket by connections that stay open. Needs perl-base alone. Written by foobar-deploy.
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use POSIX ();
use Socket
  qw(AF_UNIX SOCK_STREAM SOL_SOCKET SO_REUSEADDR SOMAXCONN AI_PASSIVE AI_NUMERICSERV IPPROTO_IP getaddrinfo pack_sockaddr_un);

my %given = map { /^--([a-z-]+)=(.*)$/s ? ($1 => $2) : die "unknown argument: $_\n" } @ARGV;
my ($address, $port, $path, $user, $max_lag_seconds, $source_lost_seconds, $timeout_seconds) =
  map { $given{$_} // die "--$_ is missing\n" }
  qw(address port socket user max-lag-seconds source-lost-seconds timeout-seconds);

my ($max_clients, $max_request_bytes) = (128, 4096);
my $idle_seconds = 5;

# --- time: seconds since some moment, also where the clock is set ---

my $ticks_per_second = POSIX::sysconf(POSIX::_SC_CLK_TCK());
sub now { return (POSIX::times())[0] / $ticks_per_second }

# --- what is known, for those who ask now ---

# Whether the server is writable is answered at once. How it replicates may take long: STOP REPLICA lets nobody see it until the
# transaction under way has ended. So there are two connections, and the second one may wait without keeping anybody waiting.
my %own = (name => 'own', state => 'down', for => []);
my %replication = (name => 'replication', state => 'down', for => []);
# For how long those who ask wait for the second one, before they are answered by what was seen last.
my $replication_seconds = $timeout_seconds / 2;

my ($flavor, $version);
my $seen;                   # how it replicated when that was last seen
my $last_good;              # when replication was last seen to be right
my $last_report = '';       # what was last written to the journal
my %clients;                # connections by file number
my @waiting;                # those who wait for an answer
my @half_answered;          # those for whom it is known whether the server is writable

sub report {
  my ($text) = @_;
  return if $text eq $last_report;
  $last_report = $text;
  print STDERR "$text\n";
}

# --- the server: connecting, and the packets of its protocol ---

sub disconnect {
  my ($server, $why) = @_;
  my @asking = @{ $server->{for} };
  # Those who came after a question are asked for anew, unless there is no connection to ask by.
  push @asking, $server == \%own ? splice @waiting : splice @half_answered if $server->{state} =~ /^(?:down|greeting|login)$/;
  close $server->{fd} if $server->{fd};
  %$server = (name => $server->{name}, state => 'down', for => []);
  answer_unknown($_, $why) for @asking;
  report("the server cannot be asked: $why");
}

sub connect_server {
  my ($server) = @_;
  socket(my $fd, AF_UNIX, SOCK_STREAM, 0) or return disconnect($server, "no socket: $!");
  set_nonblocking($fd);
  connect($fd, pack_sockaddr_un($path)) or return disconnect($server, "$path: $!");
  %$server = (name => $server->{name}, state => 'greeting', for => [], fd => $fd, in => '', out => '', began => now());
}

sub send_packet {
  my ($server, $sequence, $payload) = @_;
  $server->{out} .= substr(pack('V', length $payload), 0, 3) . chr($sequence) . $payload;
}

sub ask {
  my ($server, $statement, @clients) = @_;
  @$server{qw(for columns rows state began)} = ([@clients], [], [], 'header', now());
  send_packet($server, 0, "\x03$statement");
}

# An integer or a string whose length stands before it; undef for NULL.
sub taken_number {
  my ($from) = @_;
  my $first = ord substr($$from, 0, 1, '');
  return $first if $first < 251;
  return undef if $first == 251;
  return unpack('v', substr($$from, 0, 2, '')) if $first == 252;
  return unpack('V', substr($$from, 0, 3, '') . "\0") if $first == 253;
  return unpack('Q<', substr($$from, 0, 8, ''));
}

sub taken_text {
  my ($from) = @_;
  my $length = taken_number($from);
  return defined $length ? substr($$from, 0, $length, '') : undef;
}

sub on_packet {
  my ($server, $sequence, $payload) = @_;
  my $kind = ord $payload;
  if ($kind == 255) {
    # A statement may fail while the connection is good; of a login nothing is left.
    return disconnect($server, substr($payload, 3) =~ s/^#.{5}//sr);
  }
  my $state = $server->{state};
  if ($state eq 'greeting') {
    ($version) = unpack('x Z*', $payload);
    $flavor = $version =~ /mariadb/i ? 'mariadb' : 'mysql';
    $version =~ s/^5\.5\.5-//;
    my $plugin = $flavor eq 'mariadb' ? 'unix_socket' : 'auth_socket';
    # Protocol 4.1, transactions, authentication by plugins.
    send_packet($server, $sequence + 1, pack('V V C x23 Z* C Z*', 0x8a201, 2**24, 45, $user, 0, $plugin));
    $server->{state} = 'login';
  } elsif ($state eq 'login') {
    if ($kind == 254) { send_packet($server, $sequence + 1, '') }
    elsif ($kind == 0) { $server->{state} = 'ready' }
    else { disconnect($server, 'it wants more than a user to log in') }
  } elsif ($state eq 'header') {
    $server->{state} = 'columns';
  } elsif ($state eq 'columns') {
    if ($kind == 254 && length $payload < 9) { $server->{state} = 'rows'; return }
    taken_text(\$payload) for 1 .. 4;
    push @{ $server->{columns} }, taken_text(\$payload);
  } elsif ($state eq 'rows') {
    if ($kind == 254 && length $payload < 9) { return answered($server) }
    my %row;
    $row{$_} = taken_text(\$payload) for @{ $server->{columns} };
    push @{ $server->{rows} }, \%row;
  } else {
    disconnect($server, 'it speaks without being asked');
  }
}

sub read_server {
  my ($server) = @_;
  my $count = sysread($server->{fd}, $server->{in}, 65536, length $server->{in});
  return if !defined $count && ($!{EAGAIN} || $!{EINTR});
  return disconnect($server, defined $count ? 'it closed the connection' : "$!") if !$count;
  while ($server->{fd} && length $server->{in} >= 4) {
    my $length = unpack('V', substr($server->{in}, 0, 3) . "\0");
    last if length $server->{in} < 4 + $length;
    my $sequence = ord substr($server->{in}, 3, 1);
    my $payload = substr($server->{in}, 4, $length);
    substr($server->{in}, 0, 4 + $length, '');
    on_packet($server, $sequence, $payload);
  }
}

sub write_server {
  my ($server) = @_;
  my $count = syswrite($server->{fd}, $server->{out});
  return if !defined $count && ($!{EAGAIN} || $!{EINTR});
  return disconnect($server, "$!") if !defined $count;
  substr($server->{out}, 0, $count, '');
}

# --- the questions, each for all who wait when it is asked ---

# MariaDB names the last transaction of each server in each domain: of all that it has logged, and of all that it has applied.
my %own_question = (
  mysql => 'SELECT @@global.read_only + @@global.super_read_only AS closed, @@global.gtid_executed AS gtid, @@global.server_uuid AS uuid',
  mariadb => q{SELECT @@global.read_only AS closed, CONCAT_WS(',', NULLIF(@@global.gtid_binlog_state, ''), NULLIF(@@global.gtid_slave_pos, '')) AS gtid, @@global.server_id AS uuid},
);
my %replication_question = (mysql => 'SHOW REPLICA STATUS', mariadb => 'SHOW ALL SLAVES STATUS');

sub answered {
  my ($server) = @_;
  my @asking = splice @{ $server->{for} };
  $server->{state} = 'ready';
  if ($server == \%own) {
    $_->{own} = $server->{rows}[0] for @asking;
    push @half_answered, @asking;
  } else {
    $seen = replication_in($server->{rows});
    finish($_, $seen) for @asking;
  }
}

# How it replicates is not seen now: what was seen last counts, as if the source were lost.
sub finish_blindly {
  my %last = (%{ $seen // { role => 'unknown' } }, ioRunning => undef, lagSeconds => undef);
  $last{lastError} = 'how it replicates cannot be seen at the moment; STOP REPLICA may be waiting for a transaction';
  finish($_, \%last) for @{ $replication{for} }, splice @half_answered;
  @{ $replication{for} } = ();
}

sub unique {
  my %has;
  return grep { !$has{$_}++ } @_;
}

sub finish {
  my ($client, $replication) = @_;
  my $own = $client->{own};
  # MariaDB 12 has words for it.
  my $is_writable = $own->{closed} =~ /^(?:0|OFF)$/i ? 1 : 0;
  my %status = (
    %$replication,
    flavor => $flavor,
    version => $version,
    serverUuid => $own->{uuid},
    isWritable => $is_writable,
    gtidExecuted => join(',', unique(split /[,\n]+/, $own->{gtid} // '')),
  );
  $status{role} = $is_writable ? 'primary' : 'unknown' if $status{role} ne 'replica';
  report("the server answers: $status{role}, " . ($is_writable ? 'writable' : 'read-only'));
  answer($client, \%status);
}

sub replication_in {
  my ($sources) = @_;
  return { role => 'none' } if !@$sources;
  my %status = (role => 'replica', ioRunning => 1, sqlRunning => 1);
  # Named alike but for their language; with several sources the worst counts.
  my $value = sub {
    my ($row, @names) = @_;
    return (map { $row->{$_} // () } @names)[0];
  };
  for my $row (@$sources) {
    my $host = $value->($row, qw(Source_Host Master_Host));
    my $port = $value->($row, qw(Source_Port Master_Port));
    $status{source} //= "$host:$port";
    $status{ioRunning} = 0 if $value->($row, qw(Replica_IO_Running Slave_IO_Running)) ne 'Yes';
    $status{sqlRunning} = 0 if $value->($row, qw(Replica_SQL_Running Slave_SQL_Running)) ne 'Yes';
    my $lag = $value->($row, qw(Seconds_Behind_Source Seconds_Behind_Master));
    $status{lagSeconds} = $lag if defined $lag && $lag > ($status{lagSeconds} // -1);
    my ($error) = grep { $_ } map { $row->{$_} } qw(Last_SQL_Error Last_IO_Error);
    $status{lastError} //= $error;
  }
  my $is_near = defined $status{lagSeconds} && $status{lagSeconds} <= $max_lag_seconds;
  $last_good = now() if $status{ioRunning} && $status{sqlRunning} && $is_near;
  return \%status;
}

# Where the source is away, a replica that was near is still better than nothing, for a while.
sub is_readable {
  my ($status) = @_;
  return 0 if $status->{role} ne 'replica' || !$status->{sqlRunning};
  return defined $status->{lagSeconds} && $status->{lagSeconds} <= $max_lag_seconds if $status->{ioRunning};
  return defined $last_good && now() - $last_good <= $source_lost_seconds;
}

# --- HTTP ---

my %boolean = map { $_ => 1 } qw(isWritable ioRunning sqlRunning);
my @members =
  qw(flavor version serverUuid role isWritable source ioRunning sqlRunning lagSeconds gtidExecuted lastError);

sub json {
  my ($status) = @_;
  return '{' . join(',', map { quoted($_) . ':' . json_value($_, $status->{$_}) } @members) . "}\n";
}

sub json_value {
  my ($name, $value) = @_;
  return 'null' if !defined $value;
  return $value ? 'true' : 'false' if $boolean{$name};
  return $name eq 'lagSeconds' ? $value + 0 : quoted($value);
}

sub quoted {
  my ($text) = @_;
  $text =~ s/(["\\])/\\$1/g;
  $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
  return "\"$text\"";
}

my %phrase = (200 => 'OK', 400 => 'Bad Request', 404 => 'Not Found', 503 => 'Service Unavailable');

sub respond {
  my ($client, $status, $type, $text) = @_;
  my $length = length $text;
  $client->{out} =
      "HTTP/1.1 $status $phrase{$status}\r\nContent-Type: $type\r\nContent-Length: $length\r\n"
    . "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    . ($client->{method} eq 'HEAD' ? '' : $text);
  $client->{state} = 'writing';
}

sub answer {
  my ($client, $status) = @_;
  return if $client->{state} ne 'waiting';
  my $what = $client->{path};
  return respond($client, 200, 'application/json', json($status)) if $what eq '/status';
  my $is_so = $what eq '/write' ? $status->{isWritable} : is_readable($status);
  my $text = $status->{role} . ($status->{isWritable} ? ', writable' : ', read-only');
  $text .= ", lag $status->{lagSeconds} s" if defined $status->{lagSeconds};
  respond($client, $is_so ? 200 : 503, 'text/plain', "$text\n");
}

sub answer_unknown {
  my ($client, $why) = @_;
  return if $client->{state} ne 'waiting';
  return respond($client, 503, 'text/plain', "unknown: $why\n") if $client->{path} ne '/status';
  my %status = (flavor => $flavor, version => $version, role => 'unknown', isWritable => 0, lastError => $why);
  respond($client, 503, 'application/json', json(\%status));
}

sub accept_client {
  my ($listener) = @_;
  while (accept(my $fd, $listener)) {
    if (keys %clients >= $max_clients) { close $fd; next }
    set_nonblocking($fd);
    $clients{ fileno $fd } =
      { fd => $fd, in => '', out => '', state => 'reading', method => 'GET', path => '', until => now() + $idle_seconds };
  }
}

sub read_client {
  my ($client) = @_;
  my $count = sysread($client->{fd}, $client->{in}, $max_request_bytes, length $client->{in});
  return if !defined $count && ($!{EAGAIN} || $!{EINTR});
  return drop($client) if !$count;
  if ($client->{state} ne 'reading') { $client->{in} = ''; return }
  if ($client->{in} =~ /\r?\n\r?\n/) {
    my ($method, $path) = $client->{in} =~ m{^(GET|HEAD|OPTIONS) (/[^ ?]*)\S* HTTP/1\.[01]\r?\n}
      or return respond($client, 400, 'text/plain', "bad request\n");
    $client->{method} = $method;
    $client->{path} = $path;
    return respond($client, 404, 'text/plain', "there are /write, /read and /status\n")
      if $path !~ m{^/(?:write|read|status)$};
    @$client{qw(state until in)} = ('waiting', now() + $timeout_seconds, '');
    push @waiting, $client;
  } elsif (length $client->{in} >= $max_request_bytes) {
    respond($client, 400, 'text/plain', "too long\n");
  }
}

sub write_client {
  my ($client) = @_;
  my $count = syswrite($client->{fd}, $client->{out});
  return if !defined $count && ($!{EAGAIN} || $!{EINTR});
  return drop($client) if !defined $count;
  substr($client->{out}, 0, $count, '');
  drop($client) if $client->{out} eq '';
}

sub drop {
  my ($client) = @_;
  $client->{state} = 'gone';
  delete $clients{ fileno $client->{fd} };
  close $client->{fd};
}

# --- going on ---

sub set_nonblocking {
  my ($fd) = @_;
  fcntl($fd, F_SETFL, fcntl($fd, F_GETFL, 0) | O_NONBLOCK) or die "fcntl: $!\n";
}

sub listening {
  my ($error, $found) = getaddrinfo($address, $port, { socktype => SOCK_STREAM, flags => AI_PASSIVE | AI_NUMERICSERV });
  die "$address: $error\n" if $error;
  socket(my $fd, $found->{family}, SOCK_STREAM, 0) or die "socket: $!\n";
  setsockopt($fd, SOL_SOCKET, SO_REUSEADDR, 1);
  # IP_FREEBIND: at boot the address may come later than this.
  setsockopt($fd, IPPROTO_IP, 15, 1);
  bind($fd, $found->{addr}) or die "$address port $port: $!\n";
  listen($fd, SOMAXCONN) or die "listen: $!\n";
  set_nonblocking($fd);
  return $fd;
}

sub advance {
  my $time = now();
  for my $client (values %clients) {
    next if $time < $client->{until};
    if ($client->{state} eq 'waiting') {
      answer_unknown($client, 'it does not answer in time');
      $client->{until} = $time + $idle_seconds;
    } else {
      drop($client);
    }
  }
  @$_ = grep { $_->{state} eq 'waiting' } @$_ for \@waiting, \@half_answered;
  # What did not answer in time is asked anew, by a new connection.
  my $is_late = $own{fd} && $own{state} ne 'ready' && $time - $own{began} > $timeout_seconds;
  disconnect(\%own, 'it does not answer in time') if $is_late;
  connect_server(\%own) if @waiting && !$own{fd};
  ask(\%own, $own_question{$flavor}, splice @waiting) if @waiting && $own{state} eq 'ready';
  # A new connection would only wait too, and with each of them the server would have one less for others.
  connect_server(\%replication) if @half_answered && !$replication{fd};
  if ($replication{state} eq 'ready') {
    ask(\%replication, $replication_question{$flavor}, splice @half_answered) if @half_answered;
  } elsif ($replication{fd} && $time - $replication{began} > $replication_seconds) {
    finish_blindly();
  }
}

$SIG{PIPE} = 'IGNORE';
my $listener = listening();
while (1) {
  advance();
  my ($read, $write) = ('', '');
  vec($read, fileno $listener, 1) = 1;
  my @servers = grep { $_->{fd} } \%own, \%replication;
  for my $server (@servers) {
    vec($read, fileno $server->{fd}, 1) = 1;
    vec($write, fileno $server->{fd}, 1) = 1 if $server->{out} ne '';
  }
  for my $client (values %clients) {
    vec($read, fileno $client->{fd}, 1) = 1;
    vec($write, fileno $client->{fd}, 1) = 1 if $client->{state} eq 'writing';
  }
  next if select($read, $write, undef, %clients || $own{state} !~ /^(?:ready|down)$/ ? 0.1 : undef) <= 0;
  for my $client (values %clients) {
    my $number = fileno $client->{fd};
    if (vec($write, $number, 1)) { write_client($client) }
    elsif (vec($read, $number, 1)) { read_client($client) }
  }
  for my $server (@servers) {
    my $number = fileno $server->{fd};
    write_server($server) if vec($write, $number, 1);
    read_server($server) if $server->{fd} && vec($read, $number, 1);
  }
  accept_client($listener) if vec($read, fileno $listener, 1);
}

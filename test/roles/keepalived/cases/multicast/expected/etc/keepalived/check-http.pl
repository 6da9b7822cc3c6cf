# Written by foobar-deploy; changes made here are lost.
# Succeeds if an address answers with status 200 within a second: address, port, path.
use strict;
use Socket qw(:DEFAULT getaddrinfo);
my ($address, $port, $path) = @ARGV;
alarm 1;
my ($error, $at) = getaddrinfo($address, $port, { socktype => SOCK_STREAM });
die "$address: $error\n" if $error;
socket(my $socket, $at->{family}, SOCK_STREAM, 0) or die "$!\n";
connect($socket, $at->{addr}) or die "$address: $!\n";
syswrite $socket, "GET $path HTTP/1.0\r\nHost: $address\r\n\r\n";
my $line = <$socket> // "";
exit($line =~ m{^HTTP/1\.\d 200 } ? 0 : 1);

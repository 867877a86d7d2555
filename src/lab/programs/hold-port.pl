# Listens on a TCP port of all addresses and does nothing: its kernel completes handshakes there whatever becomes of the agent,
# as the socket of causeway-realserver.socket does on a host with systemd.
#   perl hold-port.pl PORT
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_TCP IPPROTO_IPV6 IPV6_V6ONLY inet_pton pack_sockaddr_in6);

# linux/tcp.h. Who sends no data within so many seconds stays a request, which its reset takes away.
use constant TCP_DEFER_ACCEPT => 9;
use constant DEFER_SECONDS    => 5;
use constant BACKLOG          => 1024;

my $port = shift or die "usage: hold-port.pl PORT\n";

socket(my $listener, AF_INET6, SOCK_STREAM, 0) or die "socket: $!\n";
setsockopt($listener, SOL_SOCKET,   SO_REUSEADDR,     1)             or die "SO_REUSEADDR: $!\n";
setsockopt($listener, IPPROTO_IPV6, IPV6_V6ONLY,      0)             or die "IPV6_V6ONLY: $!\n";
setsockopt($listener, IPPROTO_TCP,  TCP_DEFER_ACCEPT, DEFER_SECONDS) or die "TCP_DEFER_ACCEPT: $!\n";
bind($listener, pack_sockaddr_in6($port, inet_pton(AF_INET6, '::'))) or die "bind port $port: $!\n";
listen($listener, BACKLOG)                                           or die "listen: $!\n";

$| = 1;
print "hold-port: port $port\n";
while (1) {
    # Nobody has anything to say here.
    close $_ if accept(local $_, $listener);
}

# The UDP application behind the VIP in the lab: answers each datagram with its first word and who answers.
#   perl udp-app.pl NAME SITE ADDRESS PORT
use strict;
use warnings;
use Socket qw(:DEFAULT IPPROTO_IP);

# linux/in.h: the agent brings up the VIP later than this begins. Bound to it, answers come from it.
use constant IP_FREEBIND   => 15;
use constant LONGEST_BYTES => 1500;

my ($name, $site, $address, $port) = @ARGV;
die "usage: udp-app.pl NAME SITE ADDRESS PORT\n" unless defined $port;

socket(my $socket, AF_INET, SOCK_DGRAM, 0)                or die "socket: $!\n";
setsockopt($socket, IPPROTO_IP, IP_FREEBIND, 1)           or die "IP_FREEBIND: $!\n";
bind($socket, pack_sockaddr_in($port, inet_aton($address))) or die "bind $address:$port: $!\n";

$| = 1;
print "udp-app: $name answers on $address:$port\n";
while (1) {
    # An ICMP error of an answer that reached nobody is told here.
    my $from = recv($socket, my $asked, LONGEST_BYTES, 0);
    next unless $from;
    my ($word) = split ' ', $asked;
    send($socket, "$word $name $site\n", 0, $from) if defined $word;
}

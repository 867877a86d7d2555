// Which ports of an address answer: a packet that asks for a connection to each of them, as fast as they can be sent, and what comes back.
import { run } from './namespace.ts';

export interface Scan {
  readonly from: string;
  readonly to: string;
  readonly first: number;
  readonly last: number;
  /** Sent by IPIP to that address, from an outer address of the scanner's choice. */
  readonly through?: { readonly from: string; readonly to: string };
}

export interface Scanned {
  readonly open: readonly number[];
  /** By a reset. */
  readonly refused: number;
}

/** Where a connection is offered the kernel ends it, for nobody here has asked for it. */
const script = `
  use strict; use Socket;
  my ($from, $to, $first, $last, $outer_from, $outer_to) = @ARGV;
  my ($source, $target) = (inet_aton($from), inet_aton($to));
  socket(my $in, AF_INET, SOCK_RAW, 6) or die $!;
  setsockopt($in, SOL_SOCKET, 33, pack('i', 1 << 24)) or die $!;
  socket(my $out, AF_INET, SOCK_RAW, 255) or die $!;
  sub sum { my $sum = 0; $sum += $_ for unpack('n*', $_[0]); return $sum }
  sub check { my $sum = $_[0]; $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; return ~$sum & 0xffff }
  sub header { my ($bytes, $protocol, $check, $from, $to) = @_;
    return pack('CCnnnCCna4a4', 0x45, 0, $bytes, 0, 0, 64, $protocol, $check, $from, $to) }
  my $head = header(40, 6, check(sum(header(40, 6, 0, $source, $target))), $source, $target);
  $head = header(60, 4, 0, inet_aton($outer_from), inet_aton($outer_to)) . $head if $outer_to;
  my $next = pack_sockaddr_in(0, $outer_to ? inet_aton($outer_to) : $target);
  my $base = sum($source . $target . pack('nnnNNnn', 6, 20, 40000, 1, 0, 0x5002, 64240));
  my (%open, %refused);
  sub hear {
    my $heard = 0;
    while (defined recv($in, my $bytes, 256, MSG_DONTWAIT)) {
      next if substr($bytes, 12, 4) ne $target;
      my ($port, $own, $flags) = unpack('nnx8xC', substr($bytes, 4 * (ord($bytes) & 15)));
      next if $own != 40000;
      $heard = 1;
      $open{$port} = 1 if ($flags & 0x12) == 0x12;
      $refused{$port} = 1 if $flags & 4;
    }
    return $heard;
  }
  for my $port ($first .. $last) {
    send($out, $head . pack('nnNNnnnn', 40000, $port, 1, 0, 0x5002, 64240, check($base + $port), 0), 0, $next) or die $!;
    hear() unless $port % 64;
  }
  my $quiet = 0;
  while ($quiet < 10) { select(undef, undef, undef, 0.1); $quiet = hear() ? 0 : $quiet + 1 }
  print join(',', sort { $a <=> $b } keys %open), ' ', scalar(keys %refused);`;

export async function scan(namespace: string, { from, to, first, last, through }: Scan): Promise<Scanned> {
  const outer = through === undefined ? [] : [through.from, through.to];
  const words = ['perl', '-e', script, from, to, String(first), String(last), ...outer];
  const [open = '', refused = ''] = (await run(namespace, words)).split(' ');
  return { open: open === '' ? [] : open.split(',').map(Number), refused: Number(refused) };
}

/** A program that listens on every address, of both families, and accepts whoever comes. */
export const listener = `
  use strict; use Socket qw(:all); $| = 1;
  my @listening = map {
    socket(my $socket, AF_INET6, SOCK_STREAM, 0) or die $!;
    setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, pack('i', 1)) or die $!;
    bind($socket, pack_sockaddr_in6($_, inet_pton(AF_INET6, '::'))) or die "$_: $!";
    listen($socket, 16) or die $!;
    $socket
  } @ARGV;
  socket(my $udp, AF_INET6, SOCK_DGRAM, 0) or die $!;
  bind($udp, pack_sockaddr_in6($ARGV[0], inet_pton(AF_INET6, '::'))) or die $!;
  print "listening\\n";
  while (defined recv($udp, my $word, 64, 0)) { print "heard $word\\n" }`;

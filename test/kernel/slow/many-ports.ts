// An application that says its name at very many ports, and a client that asks there, each flow by itself.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inside, run } from '../namespace.ts';
import { deadlineSeconds } from '../pace.ts';

export type Heard = 'tcp' | 'udp';

/** At each VIP, by each port: says its name for each word that it hears. */
const application = `
  use strict; use Socket qw(:all); $| = 1;
  $SIG{PIPE} = 'IGNORE';
  my ($name, $tcp, $udp, @vips) = @ARGV;
  my (%listening, %udp, %open);
  for my $vip (@vips) {
    my $six = $vip =~ /:/;
    my $open = sub {
      my ($type, $port) = @_;
      socket(my $socket, $six ? AF_INET6 : AF_INET, $type, 0) or die "$!";
      setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or die "$!";
      my $at = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $vip)) : pack_sockaddr_in($port, inet_aton($vip));
      bind($socket, $at) or die "$vip $port: $!";
      return $socket;
    };
    for (split /,/, $tcp) { my $socket = $open->(SOCK_STREAM, $_); listen($socket, 64) or die "$!"; $listening{fileno $socket} = $socket }
    for (split /,/, $udp) { my $socket = $open->(SOCK_DGRAM, $_); $udp{fileno $socket} = $socket }
  }
  print "listening\\n";
  while (1) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %listening, keys %udp, keys %open;
    select($ready, undef, undef, undef);
    for (grep { vec($ready, $_, 1) } keys %open) {
      my $client = $open{$_};
      if (sysread($client, my $word, 64)) { syswrite($client, "$name\\n") } else { delete $open{$_}; close $client }
    }
    for (grep { vec($ready, $_, 1) } keys %listening) { accept(my $client, $listening{$_}) or next; $open{fileno $client} = $client }
    for (grep { vec($ready, $_, 1) } keys %udp) { my $from = recv($udp{$_}, my $word, 64, 0) or next; send($udp{$_}, "$name\\n", 0, $from) }
  }`;

/** One word to each port, so many times, each by a flow of its own: a line PORT NAME for each, without a name where none is told. */
const asking = `
  use strict; use Socket qw(:all); $| = 1;
  $SIG{PIPE} = 'IGNORE';
  my ($protocol, $vip, $limit, $times, @ports) = @ARGV;
  my $six = $vip =~ /:/;
  for my $port ((@ports) x $times) {
    socket(my $socket, $six ? AF_INET6 : AF_INET, $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or die "$!";
    my $to = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $vip)) : pack_sockaddr_in($port, inet_aton($vip));
    my $answer = '';
    eval {
      local $SIG{ALRM} = sub { die }; alarm $limit;
      connect($socket, $to) or die;
      syswrite($socket, "word"); sysread($socket, $answer, 64);
      alarm 0;
    };
    alarm 0;
    chomp $answer;
    print "$port $answer\\n";
  }`;

/** Says a word on one connection ten times a second; tells each answer. */
export const talker = `
  use strict; use Socket qw(:all); $| = 1;
  my ($vip, $port) = @ARGV;
  socket(my $socket, AF_INET, SOCK_STREAM, 0) or die "$!";
  connect($socket, pack_sockaddr_in($port, inet_aton($vip))) or die "$!";
  while (1) {
    syswrite($socket, "word") or die "write: $!";
    sysread($socket, my $answer, 64) or die "read: $!";
    print $answer;
    select(undef, undef, undef, 0.1);
  }`;

/** All that was started here, for whoever has to end it. */
export const children: ChildProcess[] = [];

export function perl(
  namespace: string,
  script: string,
  words: readonly string[],
  onLine: (line: string) => void,
): ChildProcess {
  const [program = '', ...rest] = inside(namespace, ['perl', '-e', script, ...words]);
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  createInterface(child.stdout).on('line', onLine);
  return child;
}

/** Resolves when it listens, at each address by each port. */
export async function serve(
  namespace: string,
  name: string,
  addresses: readonly string[],
  ports: Readonly<Record<Heard, readonly number[]>>,
): Promise<ChildProcess> {
  // The VIP is there later than the application.
  await run(namespace, ['sysctl', '-qw', 'net.ipv4.ip_nonlocal_bind=1', 'net.ipv6.ip_nonlocal_bind=1']);
  const words = [name, ports.tcp.join(), ports.udp.join(), ...addresses];
  return new Promise((resolve) => {
    const child = perl(namespace, application, words, () => resolve(child));
  });
}

/** Who answers a word to each port, so many times; empty: nobody within the time. */
export function asker(client: string) {
  return async (
    protocol: Heard,
    address: string,
    ports: readonly number[],
    times = 1,
    seconds = 5,
  ): Promise<string[]> => {
    const words = [protocol, address, deadlineSeconds(seconds), String(times), ...ports.map(String)];
    const answers = await run(client, ['perl', '-e', asking, ...words]);
    return answers
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '');
  };
}

// A director in a namespace of its own, and a client's traffic, for tests in which the test's own namespace is the real server.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import type { IpvsOperation } from '../../src/domain/ipvs-table.ts';
import { createHost } from '../../src/kernel/host.ts';
import { applyHostOperations } from '../../src/kernel/host-apply.ts';
import { createIpvs } from '../../src/kernel/ipvs/ipvs.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { diffHost } from '../../src/plan/host-diff.ts';

/** What a director's namespace is to be; read from a file by this program when it runs there. */
export interface DirectorOrders {
  readonly host: HostState;
  readonly ipvs: readonly IpvsOperation[];
  readonly ledger: string;
}

/** The subjects of what the kernel refused, one a line, are its output. */
async function program({ host: wanted, ipvs: operations, ledger: path }: DirectorOrders): Promise<void> {
  const host = await createHost();
  const ipvs = await createIpvs();
  const ledger = await openLedger(path);
  const failures = await applyHostOperations(host, ledger, diffHost(wanted, emptyHostState, ledger.made()));
  if (failures[0] !== undefined) throw failures[0].error;
  for (const { error } of await ipvs.apply(operations)) process.stdout.write(`${error.message}\n`);
  // Its sockets end with it: closed just before the end, they took the program with them (status 139).
  process.exit();
}

const [, own = '', orders = ''] = process.argv;
if (import.meta.url === pathToFileURL(own).href) await program(JSON.parse(readFileSync(orders, 'utf8')));

/**
 * Of each `VIP BYTES` among its arguments: what a request, an upload, and datagrams of BYTES + 1 and of BYTES come to, as a line
 * of words. The server says how many bytes it had.
 */
export const traffic = String.raw`
use strict; use warnings; use IO::Socket::IP; use Socket;
$SIG{ALRM} = sub { die "late\n" };
my ($limit, $upload, @rows) = @ARGV;
sub told {
  my ($vip, $bytes) = @_;
  my $said = eval {
    alarm $limit;
    my $socket = IO::Socket::IP->new(PeerHost => $vip, PeerPort => 80, Type => SOCK_STREAM) or die "$!\n";
    my $left = $bytes;
    while ($left > 0) {
      my $sent = syswrite($socket, "x" x ($left > 65536 ? 65536 : $left)) or die "$!\n";
      $left -= $sent;
    }
    shutdown($socket, 1);
    my $answer = <$socket> // '';
    chomp $answer;
    $answer;
  };
  alarm 0;
  chomp(my $error = $@);
  return $said // "failed: $error";
}
sub echoed {
  my ($vip, $bytes) = @_;
  my $said = eval {
    alarm $limit;
    my $socket = IO::Socket::IP->new(PeerHost => $vip, PeerPort => 9000, Type => SOCK_DGRAM) or die "$!\n";
    # The first is too long: lost on the way, or refused here once the way is known.
    send($socket, "x" x ($bytes + 1), 0);
    my $answer = '';
    send($socket, "x" x $bytes, 0) or die "$!\n";
    recv($socket, $answer, 65535, 0);
    $answer;
  };
  alarm 0;
  chomp(my $error = $@);
  return $said // "failed: $error";
}
for (@rows) {
  my ($vip, $bytes) = split / /;
  print join(' ', $vip, told($vip, 4), told($vip, $upload), echoed($vip, $bytes)), "\n";
}
`;

// What the real server's socket unit rests on: with TCP_DEFER_ACCEPT a handshake that is completed and then reset leaves nothing in the
// queue of a listener on which nobody accepts, however many come; without it they fill the queue, and then none is completed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { here, prepareNamespace, slowTestMs } from './host-tools.ts';
import { runHere } from './namespace.ts';

const port = 7483;
const backlog = 16;
/** More than a hundred times the queue; in lots, for a command has its limit of time. */
const lot = 1_000;
const lots = 2;

/** Listens on both families and never accepts, as systemd does. */
const holder = `
  use strict; use Socket qw(:all);
  my ($port, $backlog, $defer) = @ARGV;
  socket(my $listener, AF_INET6, SOCK_STREAM, 0) or die $!;
  setsockopt($listener, IPPROTO_IPV6, IPV6_V6ONLY, pack('i', 0)) or die $!;
  setsockopt($listener, IPPROTO_TCP, 9, pack('i', $defer)) or die $! if $defer;
  bind($listener, pack_sockaddr_in6($port, inet_pton(AF_INET6, '::'))) or die $!;
  listen($listener, $backlog) or die $!;
  $| = 1; print "listening\\n"; sleep 3600;`;

/** Knocks one after the other, without blocking (F_SETFL, O_NONBLOCK); ends after a few that are not answered. */
const knocker = `
  use strict; use Socket qw(:all);
  my ($port, $count) = @ARGV;
  my ($completed, $silent) = (0, 0);
  while ($completed + $silent < $count && $silent < 2) {
    socket(my $knock, AF_INET, SOCK_STREAM, 0) or die $!;
    setsockopt($knock, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) or die $!;
    fcntl($knock, 4, 2048) or die $!;
    connect($knock, pack_sockaddr_in($port, inet_aton('127.0.0.1')));
    my $writable = ''; vec($writable, fileno($knock), 1) = 1;
    my $ready = select(undef, $writable, undef, 2);
    if ($ready && unpack('i', getsockopt($knock, SOL_SOCKET, SO_ERROR)) == 0) { $completed++ } else { $silent++ }
    close $knock;
  }
  print "$completed $silent\\n";`;

let listener: ChildProcess | undefined;
beforeAll(prepareNamespace);
afterEach(async () => {
  const ended = listener === undefined ? undefined : once(listener, 'exit');
  listener?.kill('SIGKILL');
  await ended;
  listener = undefined;
});

async function listen(deferSeconds: number): Promise<void> {
  const words = [String(port), String(backlog), String(deferSeconds)];
  listener = spawn('perl', ['-e', holder, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(listener.stdout as Readable, 'data');
}

async function knock(count: number): Promise<{ completed: number; silent: number }> {
  const [completed = 0, silent = 0] = (await runHere(['perl', '-e', knocker, String(port), String(count)]))
    .split(' ')
    .map(Number);
  return { completed, silent };
}

async function queued(): Promise<number> {
  const lines = (await here(`ss -Hltn sport = :${port}`)).trim().split('\n');
  expect(lines.length).toBe(1);
  return Number(lines[0]?.trim().split(/\s+/)[1]);
}

/** As a director does it. */
function knockFromNode(host: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.resetAndDestroy();
      resolve('completed');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe('a listener on which nobody accepts', { timeout: slowTestMs }, () => {
  it(`deferring, completes ${lots * lot} handshakes that are reset, and its queue is as empty as before`, async () => {
    await listen(9);
    const startedAt = performance.now();
    for (let turn = 0; turn < lots; turn++) expect(await knock(lot)).toEqual({ completed: lot, silent: 0 });
    const eachUs = Math.round((1_000 * (performance.now() - startedAt)) / (lots * lot));
    process.stdout.write(`${eachUs} µs a knock\n`);
    expect(await queued()).toBe(0);
  });

  it('deferring, is as good for knocks of Node, over both families', async () => {
    await listen(9);
    const answers = new Set<string>();
    for (let turn = 0; turn < 3 * backlog; turn++)
      answers.add(await knockFromNode(turn % 2 ? '127.0.0.1' : '::1'));
    expect([...answers]).toEqual(['completed']);
    expect(await queued()).toBe(0);
    expect((await here(`ss -Htan sport = :${port} or dport = :${port}`)).match(/TIME-WAIT/)).toBeNull();
  });

  it('not deferring, is full after a few, and then answers nobody', async () => {
    await listen(0);
    const { completed, silent } = await knock(lot);
    expect(completed).toBeGreaterThanOrEqual(backlog);
    expect(completed).toBeLessThan(4 * backlog);
    expect(silent).toBe(2);
    expect(await queued()).toBeGreaterThanOrEqual(backlog);
  });
});

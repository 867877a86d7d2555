/** How one local check of an application is made: a connection to the VIP, from the VIP, within a deadline. */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../src/domain/clock.ts';
import { realClock } from '../../src/runtime/clock.ts';
import { deadline } from './deadline.ts';
import type { CheckResult } from './verdict.ts';

export interface CheckTarget {
  readonly type: 'tcp' | 'http';
  /**
   * The VIP, or the RIP under masquerade. Also the source: where this host has lost the address, nobody else across
   * the network can answer in its place.
   */
  readonly address: string;
  readonly port: number;
  /** http only. */
  readonly path: string;
  readonly host: string;
  readonly expectStatus: number;
  /** For the whole check, connecting included. */
  readonly timeoutMs: number;
}

/** A status line longer than this is none. */
const statusLineLimitBytes = 1_024;
/** What is read of the answer at most, so that the application can finish writing it. */
const bodyLimitBytes = 65_536;
/** Nobody listens, or the address is not here: certain without a second look. */
const certainErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EADDRNOTAVAIL: 'address is not on this host',
  EHOSTUNREACH: 'no route to the address',
  ENETUNREACH: 'no route to the address',
};

export async function runCheck(target: CheckTarget, clock: Clock = realClock): Promise<CheckResult> {
  return await new Promise((resolve) => {
    const socket = connect({ host: target.address, port: target.port, localAddress: target.address });
    const limit = deadline(clock, target.timeoutMs, () => {
      finish({ ok: false, reason: `no answer within ${target.timeoutMs} ms`, certain: false });
      socket.resetAndDestroy();
    });
    socket.once('close', () => limit.cancel());
    const finish = (result: CheckResult) => resolve(result);
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const certain = certainErrors[error.code ?? ''];
      finish({ ok: false, reason: certain ?? error.code ?? error.message, certain: certain !== undefined });
    });
    socket.once('connect', () => {
      if (target.type === 'http') return askHttp(socket, target, finish);
      finish({ ok: true });
      // A reset leaves no TIME_WAIT behind, at several checks a second.
      socket.resetAndDestroy();
    });
  });
}

function askHttp(socket: Socket, target: CheckTarget, finish: (result: CheckResult) => void): void {
  let head = '';
  let decided = false;
  let received = 0;
  const decide = (result: CheckResult) => {
    decided = true;
    head = '';
    finish(result);
  };
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (!decided) {
      head += chunk.toString('latin1', 0, statusLineLimitBytes);
      const end = head.indexOf('\n');
      if (end >= 0) decide(judgeStatusLine(head.slice(0, end).trimEnd(), target.expectStatus));
      else if (head.length >= statusLineLimitBytes) decide(noHttp);
    }
    if (received > bodyLimitBytes) socket.resetAndDestroy();
  });
  socket.once('end', () => {
    if (!decided) decide({ ok: false, reason: 'closed without an answer', certain: false });
    socket.end();
  });
  socket.write(
    `GET ${target.path} HTTP/1.1\r\nHost: ${target.host === '' ? hostText(target.address) : target.host}\r\n` +
      'User-Agent: causeway-check\r\nAccept: */*\r\nConnection: close\r\n\r\n',
  );
}

const noHttp: CheckResult = { ok: false, reason: 'the answer is not HTTP', certain: false };

function judgeStatusLine(line: string, expectStatus: number): CheckResult {
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1];
  if (status === undefined) return noHttp;
  return Number(status) === expectStatus
    ? { ok: true }
    : { ok: false, reason: `status ${status}, expected ${expectStatus}`, certain: false };
}

function hostText(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

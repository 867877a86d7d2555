/** How an application is asked over HTTP, and what its answer says of it: the status alone. */
import type { Socket } from 'node:net';
import { expectedStatuses, statusText } from '../../src/domain/health-check.ts';
import type { CheckResult } from './check-verdict.ts';
import type { CheckTarget } from './checks.ts';
import { createHttpAnswer } from './http-answer.ts';

/** What is read of the answer at most, so that the application can finish writing it. */
const bodyLimitBytes = 65_536;

/** `socket` is connected, and its handshake done where it has one; `cut` resets the connection below it. */
export function askHttp(
  socket: Socket,
  target: CheckTarget,
  finish: (result: CheckResult) => void,
  cut: () => void,
): void {
  const answer = createHttpAnswer();
  let decided = false;
  let received = 0;
  const decide = (result: CheckResult) => {
    decided = true;
    finish(result);
  };
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (!decided) {
      const status = answer.read(chunk);
      if (status !== undefined) decide(judge(status, target));
    }
    if (received > bodyLimitBytes) cut();
  });
  socket.once('end', () => {
    if (!decided) decide({ ok: false, reason: 'closed without an answer', certain: false });
    socket.end();
  });
  socket.write(requestText(target));
}

function requestText({ path, host, address, headers }: CheckTarget): string {
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const usual = [
    ['User-Agent', 'causeway-check'],
    ['Accept', '*/*'],
  ].flatMap(([name = '', value]) => (given.has(name.toLowerCase()) ? [] : [`${name}: ${value}\r\n`]));
  return (
    `GET ${path} HTTP/1.1\r\nHost: ${host === '' ? hostText(address) : host}\r\n` +
    `${[...usual, ...own].join('')}Connection: close\r\n\r\n`
  );
}

function judge(status: number | 'none', target: CheckTarget): CheckResult {
  if (status === 'none') return { ok: false, reason: 'the answer is not HTTP', certain: false };
  const expected = expectedStatuses(target);
  if (expected.some(({ from, to }) => from <= status && status <= to)) return { ok: true };
  return { ok: false, reason: `status ${status}, expected ${statusText(expected)}`, certain: false };
}

function hostText(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** How one local check of an application is made: a connection to the VIP, from the VIP, within a deadline. */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../src/domain/clock.ts';
import { type CheckMethod, type CheckTls, checkPatterns } from '../../src/domain/health-check.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { askGrpc } from './check-grpc.ts';
import { askHttp } from './check-http.ts';
import type { CheckResult } from './check-verdict.ts';
import { deadline } from './deadline.ts';

export interface CheckTarget extends CheckMethod {
  /**
   * The VIP, or the RIP under masquerade. Also the source: where this host has lost the address, nobody else across
   * the network can answer in its place.
   */
  readonly address: string;
  /** The one that is asked, never 0. */
  readonly port: number;
  /** For the whole check, connecting included. */
  readonly timeoutMs: number;
}

/** Nobody listens, or the address is not here: certain without a second look. */
const certainErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EADDRNOTAVAIL: 'address is not on this host',
  EHOSTUNREACH: 'no route to the address',
  ENETUNREACH: 'no route to the address',
};

export async function runCheck(target: CheckTarget, clock: Clock = realClock): Promise<CheckResult> {
  const wrong = unsayable(target);
  if (wrong !== undefined) return { ok: false, reason: wrong, certain: false };
  return await new Promise((resolve) => {
    const socket = connect({ host: target.address, port: target.port, localAddress: target.address });
    const limit = deadline(clock, target.timeoutMs, () => {
      finish({ ok: false, reason: `no answer within ${target.timeoutMs} ms`, certain: false });
      socket.resetAndDestroy();
    });
    socket.once('close', () => limit.cancel());
    const finish = (result: CheckResult) => resolve(result);
    const failed = (error: NodeJS.ErrnoException) => {
      const certain = certainErrors[error.code ?? ''];
      finish({ ok: false, reason: certain ?? error.code ?? error.message, certain: certain !== undefined });
    };
    socket.on('error', failed);
    socket.once('connect', () => {
      if (target.type !== 'tcp') return ask(socket, target, finish);
      finish({ ok: true });
      // A reset leaves no TIME_WAIT behind, at several checks a second.
      socket.resetAndDestroy();
    });
  });
}

function ask(socket: Socket, target: CheckTarget, finish: (result: CheckResult) => void): void {
  const cut = () => void socket.resetAndDestroy();
  const question = target.type === 'grpc' ? askGrpc : askHttp;
  if (target.tls === undefined) {
    question(socket, target, finish, cut);
    return;
  }
  const fail = (error: Error) => {
    finish({ ok: false, reason: `TLS: ${error.message}`, certain: false });
    socket.destroy();
  };
  try {
    const secured = connectTls({
      socket,
      ...tlsOptions(target, target.tls),
      ALPNProtocols: target.type === 'grpc' ? ['h2'] : ['http/1.1'],
    });
    secured.once('secureConnect', () => question(secured, target, finish, cut));
    secured.on('error', fail);
    secured.once('close', () => socket.destroy());
  } catch (error) {
    // Certificates that are none.
    fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/** An address is no name to ask for (RFC 6066, 3), but a certificate may be made out to it. */
function tlsOptions({ host, address }: CheckTarget, { serverName, verify, ca }: CheckTls) {
  const named = serverName === '' ? host.replace(/:\d+$/, '') : serverName;
  const isName = named !== '' && isIP(named.replace(/^\[|\]$/g, '')) === 0;
  return {
    host: isName ? named : address,
    ...(isName ? { servername: named } : {}),
    rejectUnauthorized: verify,
    ...(ca === '' ? {} : { ca }),
  };
}

/** A coordinator refuses these at apply; should one come all the same, it is not put on the wire. */
function unsayable({ path, host, headers }: CheckTarget): string | undefined {
  if (path !== '' && !checkPatterns.path.test(path)) return 'the path of the check is none';
  if (host !== '' && !checkPatterns.host.test(host)) return 'the host of the check is none';
  const isSayable = Object.entries(headers).every(
    ([name, value]) => checkPatterns.headerName.test(name) && checkPatterns.headerValue.test(value),
  );
  return isSayable ? undefined : 'the headers of the check are none';
}

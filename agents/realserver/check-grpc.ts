/** How a gRPC application is asked for its health: grpc.health.v1.Health/Check, by hand, over a connection of our own. */
import { connect as connectHttp2 } from 'node:http2';
import type { Socket } from 'node:net';
import type { CheckResult } from './check-verdict.ts';
import type { CheckTarget } from './checks.ts';

const serving = 1;
/** As grpc.health.v1 names them. */
const statusNames = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
/** Five bytes of frame, and a message of one small number. */
const answerLimitBytes = 1_024;

/** `socket` is connected, and its handshake done where it has one; it is closed with the question. */
export function askGrpc(socket: Socket, target: CheckTarget, finish: (result: CheckResult) => void): void {
  const fail = (reason: string) => finish({ ok: false, reason, certain: false });
  const scheme = target.tls === undefined ? 'http' : 'https';
  const authority = target.host === '' ? authorityOf(target.address) : target.host;
  const session = connectHttp2(`${scheme}://${authority}`, { createConnection: () => socket });
  session.on('error', (error) => fail(`no HTTP/2: ${error.message}`));
  const stream = session.request({
    ':method': 'POST',
    ':path': '/grpc.health.v1.Health/Check',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...lowered(target.headers),
  });
  let body = Buffer.alloc(0);
  let status: string | undefined;
  const noteStatus = (headers: Record<string, unknown>) => {
    const found = headers['grpc-status'];
    if (found !== undefined) status = String(found);
  };
  stream.on('response', (headers) => {
    noteStatus(headers);
    if (headers[':status'] !== 200) fail(`HTTP status ${headers[':status']}, expected 200`);
  });
  stream.on('trailers', noteStatus);
  stream.on('data', (chunk: Buffer) => {
    if (body.length <= answerLimitBytes) body = Buffer.concat([body, chunk]);
  });
  stream.on('error', (error) => fail(error.message));
  stream.on('close', () => {
    if (status !== undefined && status !== '0') fail(`gRPC status ${status}`);
    else finish(judge(readStatus(body)));
    session.destroy();
    socket.destroy();
  });
  stream.end(requestFrame(target.grpcService));
}

/** `HealthCheckRequest { string service = 1 }` in a frame that is not compressed. */
export function requestFrame(service: string): Buffer {
  const name = Buffer.from(service, 'latin1');
  // A name is shorter than 16,384 bytes, so its length takes one byte or two.
  const length = name.length < 128 ? [name.length] : [(name.length & 0x7f) | 0x80, name.length >> 7];
  const message = name.length === 0 ? Buffer.alloc(0) : Buffer.from([0x0a, ...length, ...name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** `HealthCheckResponse { ServingStatus status = 1 }`; undefined where it is none. An empty message is UNKNOWN. */
export function readStatus(bytes: Buffer): number | undefined {
  if (bytes.length < 5 || bytes[0] !== 0) return undefined;
  const message = bytes.subarray(5, 5 + bytes.readUInt32BE(1));
  if (message.length === 0) return bytes.readUInt32BE(1) === 0 ? 0 : undefined;
  return message[0] === 0x08 && message.length >= 2 ? message[1] : undefined;
}

function judge(status: number | undefined): CheckResult {
  if (status === serving) return { ok: true };
  const reason =
    status === undefined ? 'the answer is no health' : (statusNames[status] ?? `status ${status}`);
  return { ok: false, reason, certain: false };
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function authorityOf(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

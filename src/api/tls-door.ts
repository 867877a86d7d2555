/**
 * The port with TLS 1.3: who shows no certificate that is believed comes no further than the handshake, so that nothing of HTTP/2 or
 * gRPC is read from strangers. Files that are renewed are taken while it is open; connections live on, but for those whose own
 * certificate has expired, is denied, or is signed by a CA that is believed no more.
 */
import { readFileSync } from 'node:fs';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { peerHost } from '../domain/address.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/error.ts';
import { type Identity, type IdentityRole, identityRoles, identityUri } from '../domain/identity.ts';
import { createWaitingRoom, type WaitingRoom } from '../domain/waiting-room.ts';
import type { CertificateFacts } from '../pki/certificate.ts';
import { type Denied, eitherDenied, noneDenied } from '../pki/denied.ts';
import { splitEndpoint } from '../runtime/endpoint.ts';
import { admit, isStillBelieved, reasonToEnd } from './admission.ts';
import type { Refused } from './handlers.ts';
import { keepShown } from './shown-certificate.ts';
import {
  checkOwn,
  parseTls,
  readTlsTexts,
  type TlsFiles,
  type TlsMaterial,
  type TlsTexts,
} from './tls-files.ts';
import { openStreet } from './tls-street.ts';

export interface TlsOfServer {
  readonly files: TlsFiles;
  /** Whose certificate it has to be. */
  readonly own: Omit<Identity, 'domain'>;
}

export interface DoorOptions extends TlsOfServer {
  readonly listen: string;
  readonly clock: Clock;
  /** Beside the list among the files; absent: that alone. */
  readonly denied?: Denied;
  /** Gets each connection of somebody who may come in. */
  readonly enter: (socket: TLSSocket) => void;
  readonly onRefused: (refused: Refused) => void;
  /** Renewed files are in use. */
  readonly onRenewed: () => void;
  /** Files have changed and are not used; those before stay in use. */
  readonly onNotRenewed: (reason: string) => void;
}

export interface Door {
  readonly port: number;
  /** Why renewed files are not in use; undefined: they are. */
  trouble(): string | undefined;
  close(): void;
}

/** Of one identity: a program has one, a person runs several, whoever comes again unnoticed one more. The oldest makes room. */
const connectionsAtMost = (role: IdentityRole): number => (identityRoles[role].hasSite ? 8 : 64);
/** How long one may take, the street says; Node counts also while this program does not get its turns. */
const handshakeTimeoutMs = 60_000;
const lookEveryMs = 5_000;

/** Errors: those of the files, and Node's of listening. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { listen, files, clock, enter, onRefused } = options;
  let texts = read();
  let tls = parse(texts);
  let trouble: string | undefined;
  let timer: Timer | undefined;
  /** What each has shown; the certificate itself stays with the connection. */
  const guests = new Map<TLSSocket, CertificateFacts>();
  const rooms = new Map<string, WaitingRoom<TLSSocket> & { count: number }>();

  const server = createServer(
    {
      ...contextOf(tls),
      requestCert: true,
      // Judged below, where it can be said why.
      rejectUnauthorized: false,
      // Of a list Node would keep a copy beside each connection, of three bytes in the pool of all small buffers: 64 KB stay for each of them.
      ALPNCallback: ({ protocols }) => protocols.find((protocol) => protocol === 'h2'),
      handshakeTimeout: handshakeTimeoutMs,
    },
    welcome,
  );
  const street = openStreet(server, clock);
  // Of handshakes that fail there is nothing to say but that they do: a port scan, plain text, another version of TLS.
  server.on('tlsClientError', (error, socket) => {
    turnAway(socket, { reason: `no TLS handshake: ${handshakeWords(error)}` });
  });

  function read(): TlsTexts {
    return readTlsTexts(files, (path) => readFileSync(path, 'utf8'));
  }

  function parse(read: TlsTexts): TlsMaterial {
    const parsed = parseTls(read, files);
    checkOwn(parsed, files, options.own);
    return { ...parsed, denied: eitherDenied(parsed.denied, options.denied ?? noneDenied) };
  }

  /**
   * Also of one that comes with a ticket of before: its certificate comes with it. No client of ours does. It would spare the handshakes
   * of a storm only if the tickets' keys outlived the coordinator that has gone, and whoever had those would be everybody.
   */
  function welcome(socket: TLSSocket): void {
    const certificate = socket.getPeerX509Certificate();
    const chainError = socket.authorized ? undefined : codeOf(socket.authorizationError);
    const admission = admit({ certificate, chainError }, tls, clock.nowMs());
    if ('reason' in admission) {
      turnAway(socket, admission);
      return;
    }
    const { facts } = admission;
    guests.set(socket, facts);
    const leaveRoom = enterRoom(socket, facts);
    socket.once('close', () => {
      guests.delete(socket);
      leaveRoom();
    });
    keepShown(socket, facts);
    enter(socket);
  }

  /** Answers how it leaves. */
  function enterRoom(socket: TLSSocket, facts: CertificateFacts): () => void {
    const identity = identityUri(facts.identity);
    const limit = connectionsAtMost(facts.identity.role);
    const makeRoom = (oldest: TLSSocket): void =>
      turnAway(oldest, { identity, reason: `it has more than ${limit} connections: the oldest made room` });
    const room = rooms.get(identity) ?? { ...createWaitingRoom(limit, makeRoom), count: 0 };
    rooms.set(identity, room);
    room.enter(socket);
    room.count += 1;
    return () => {
      room.leave(socket);
      room.count -= 1;
      if (room.count === 0) rooms.delete(identity);
    };
  }

  function turnAway(socket: TLSSocket | Socket, refused: Omit<Refused, 'peer'>): void {
    onRefused({ peer: peerHost(socket.remoteAddress ?? 'unknown'), ...refused });
    // Whatever it still says of its end is of no interest.
    socket.on('error', () => {});
    socket.destroy();
  }

  function look(): void {
    const before = tls;
    renew();
    const isNewCa = before.ca !== tls.ca;
    for (const [socket, facts] of guests) {
      const reason =
        reasonToEnd(facts, tls, clock.nowMs()) ??
        (isNewCa && !isStillBelieved(facts, socket.getPeerX509Certificate(), before, tls)
          ? 'the CA that has signed its certificate is believed no more'
          : undefined);
      if (reason === undefined) continue;
      turnAway(socket, { identity: identityUri(facts.identity), reason });
    }
    timer = clock.after(lookEveryMs, look);
  }

  /** Files that make no whole are left alone until they do: those in use stay. */
  function renew(): void {
    const told = trouble;
    try {
      const now = read();
      const isSame = Object.entries(texts).every(([name, text]) => now[name as keyof TlsTexts] === text);
      trouble = undefined;
      if (isSame) return;
      const next = parse(now);
      server.setSecureContext(contextOf(next));
      texts = now;
      tls = next;
      options.onRenewed();
    } catch (error) {
      const reason = messageOf(error);
      if (reason !== told) options.onNotRenewed(reason);
      trouble = reason;
    }
  }

  const { host, port } = splitEndpoint(listen, 0) ?? { host: listen, port: 0 };
  await new Promise<void>((resolve, reject) => {
    street.once('error', reject);
    street.listen(port, host, () => {
      street.off('error', reject);
      resolve();
    });
  });
  timer = clock.after(lookEveryMs, look);
  return {
    port: (street.address() as AddressInfo).port,
    trouble: () => trouble ?? tls.passedOver,
    close() {
      timer?.cancel();
      street.close();
    },
  };
}

function contextOf({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: 'TLSv1.3' } as const;
}

/** OpenSSL's reason alone: the rest of its message is a place in its source. */
function handshakeWords(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' ? error.reason : messageOf(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

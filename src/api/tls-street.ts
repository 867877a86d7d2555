/**
 * Where connections come in before the door: each is let on to its handshake when it has said something and it is its turn. A handshake
 * takes a processor for a millisecond or two; of a thousand at once none would be done before all of them are given up. Whoever gives up
 * while he waits, or is turned away, has cost a socket.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import { peerHost } from '../domain/address.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { patience } from '../domain/patience.ts';
import { createTurns } from '../domain/turns.ts';
import { createWaitingRoom } from '../domain/waiting-room.ts';

/** On which nothing has been said yet, at once; the one that is silent for longest makes room. */
const silentAtMost = 512;
const silentForMs = 5_000;
/** A first flight is some hundred bytes. */
const firstWordsAtMost = 16_384;
/** Of those who have said something. */
const waitingAtMost = 4_096;
const handshakesAtOnce = 128;
const handshakeWithinMs = 10_000;
/**
 * After so long it is the other side that is awaited, which costs nothing here: the next one begins beside it. To end it would be to do
 * all of it once more.
 */
const overdueAfterMs = 1_000;
const lateAtMost = 512;

interface Arrival {
  readonly socket: Socket;
  /** What it has said, until its turn. */
  words: readonly Buffer[];
  /** That is running; it ends with what it waits for. */
  timers: readonly Timer[];
}

/** Listens in place of the TLS server, which gets each connection with what has been said on it. */
export function openStreet(door: TlsServer, clock: Clock, atOnce = handshakesAtOnce): Server {
  /** By whom they lead to: the socket of TLS is another one than that of TCP. */
  const shaking = new Map<string, Arrival>();
  const silent = createWaitingRoom<Arrival>(silentAtMost, turnAway);
  const turns = createTurns<Arrival>({ atOnce, waitingAtMost, lateAtMost, begin, turnAway });

  function turnAway({ socket }: Arrival): void {
    socket.destroy();
  }

  function waitFor(arrival: Arrival, ...timers: readonly Timer[]): void {
    for (const timer of arrival.timers) timer.cancel();
    arrival.timers = timers;
  }

  function begin(arrival: Arrival): void {
    const { socket } = arrival;
    shaking.set(peerOf(socket), arrival);
    waitFor(
      arrival,
      patience(clock, overdueAfterMs, () => turns.overdue(arrival)),
      patience(clock, handshakeWithinMs, () => turnAway(arrival)),
    );
    socket.removeAllListeners('data');
    socket.pause();
    socket.unshift(Buffer.concat(arrival.words));
    arrival.words = [];
    door.emit('connection', socket);
  }

  function arrive(socket: Socket): void {
    const arrival: Arrival = { socket, words: [], timers: [] };
    const host = peerHost(socket.remoteAddress ?? 'unknown');
    const peer = peerOf(socket);
    socket.once('close', () => leave(arrival, peer));
    // It is closed with it, and there is nobody to tell.
    socket.on('error', () => {});
    waitFor(
      arrival,
      patience(clock, silentForMs, () => turnAway(arrival)),
    );
    silent.enter(arrival);
    socket.on('data', (bytes: Buffer) => {
      const isFirst = arrival.words.length === 0;
      arrival.words = [...arrival.words, bytes];
      if (arrival.words.reduce((sum, { length }) => sum + length, 0) > firstWordsAtMost)
        return turnAway(arrival);
      if (!isFirst) return;
      waitFor(arrival);
      silent.leave(arrival);
      turns.enter(arrival, host);
    });
  }

  function leave(arrival: Arrival, peer: string): void {
    shaking.delete(peer);
    waitFor(arrival);
    silent.leave(arrival);
    turns.leave(arrival);
  }

  door.on('secureConnection', (secure: TLSSocket) => {
    const peer = peerOf(secure);
    const arrival = shaking.get(peer);
    if (arrival !== undefined) leave(arrival, peer);
  });
  return createServer(arrive);
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}

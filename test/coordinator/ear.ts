/** A coordinator's ear for return paths, without a network: what real servers send to it is handed to it as it would arrive. */
import { EventEmitter } from 'node:events';
import type { HearingPlace } from '../../src/coordinator/hearing.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { encodeRound } from '../../src/probe/return-path.ts';

export interface Ear {
  readonly place: HearingPlace;
  /** Whether it has a socket. */
  isOpen(): boolean;
  /** One round of the real server of this snapshot: its presence, and a proof of each VIP that is not filtered. */
  round(
    realServer: string,
    snapshot: Snapshot | undefined,
    vips: readonly string[],
    filtered?: readonly string[],
  ): void;
}

export function createEar(site: string, hearsAt: readonly string[]): Ear {
  const open = new Set<EventEmitter>();
  let lastRound = 0;

  function openSocket() {
    const socket = Object.assign(new EventEmitter(), {
      bind() {
        open.add(socket);
        socket.emit('listening');
      },
      send() {
        throw new Error('a collector answers nothing');
      },
      close: () => void open.delete(socket),
    });
    return socket;
  }

  return {
    place: { site, hearsAt, addresses: ['0.0.0.0'], random: () => 0, openSocket },
    isOpen: () => open.size > 0,
    round(realServer, snapshot, vips, filtered = []) {
      const [collector] = snapshot?.kind === 'realserver' ? (snapshot.collectors ?? []) : [];
      if (collector === undefined) throw new Error(`${realServer} is told of no collector`);
      const { epoch, keyHex } = collector;
      lastRound = Math.max(lastRound + 1, Date.now());
      const arrive = (kind: 'presence' | 'proof', told: readonly string[], address: string): void => {
        const bytes = encodeRound(
          { kind, round: lastRound, realServer, epoch, vips: told },
          { key: probeKey(keyHex), pair: undefined },
        );
        for (const socket of open) socket.emit('message', bytes, { address });
      };
      arrive('presence', vips, '10.1.2.1');
      for (const vip of vips) if (!filtered.includes(vip)) arrive('proof', [vip], vip);
    },
  };
}

/**
 * How the keys of the probes are made, so that each agent holds those of its own pairs alone. Of the cluster's secret, which coordinators
 * hold, each real server is given a key of its own; of that, each director that asks it is given one. So a real server, which makes
 * the key of whoever asks it, needs one for all directors, and can make none for another real server. Likewise a collector of the proofs
 * of the return path, which makes the key of whatever real server sends to it.
 */
import type { ProbeKeys, SnapshotKey } from '../domain/probe.ts';
import { hmacSha256, probeKey } from './hmac.ts';

/** One of the cluster's secrets. */
export interface ProbeSecret {
  readonly epoch: number;
  readonly secretHex: string;
}

/** As many bits as the tag of a datagram. */
const pairKeyBytes = 16;

/** Names hold no line break: no two derivations have one message. */
function derived(keyHex: string, role: string, name: string): Buffer {
  return hmacSha256(probeKey(keyHex), Buffer.from(`causeway probe\n${role}\n${name}`));
}

export function realServerKeyHex(secretHex: string, realServer: string): string {
  return derived(secretHex, 'realserver', realServer).toString('hex');
}

/** `realServerKeyHex`: the real server's own. */
export function pairKeyHex(ownKeyHex: string, director: string): string {
  return derived(ownKeyHex, 'director', director).subarray(0, pairKeyBytes).toString('hex');
}

export function collectorKeyHex(secretHex: string, collector: string): string {
  return derived(secretHex, 'collector', collector).toString('hex');
}

/** `collectorKeyHex`: the collector's own. */
export function senderKeyHex(ownKeyHex: string, realServer: string): string {
  return derived(ownKeyHex, 'sender', realServer).subarray(0, pairKeyBytes).toString('hex');
}

/** `secrets`: all that real servers are to know datagrams by; `inUse`: the epoch that directors ask with. Each key is made once. */
export function createProbeKeys(secrets: readonly ProbeSecret[], inUse: number): ProbeKeys {
  const own = new Map<string, readonly SnapshotKey[]>();
  const pairs = new Map<string, Map<string, SnapshotKey>>();
  const collectors = new Map<string, readonly SnapshotKey[]>();

  function ofRealServer(name: string): readonly SnapshotKey[] {
    const known = own.get(name);
    if (known !== undefined) return known;
    const made = secrets.map(({ epoch, secretHex }) => ({
      name: '',
      epoch,
      keyHex: realServerKeyHex(secretHex, name),
    }));
    own.set(name, made);
    return made;
  }

  function ofCollector(name: string): readonly SnapshotKey[] {
    const known =
      collectors.get(name) ??
      secrets.map(({ epoch, secretHex }) => ({ name: '', epoch, keyHex: collectorKeyHex(secretHex, name) }));
    collectors.set(name, known);
    return known;
  }

  return {
    ofRealServer,
    ofCollector,
    toCollector(collector, realServer) {
      const key = ofCollector(collector).find(({ epoch }) => epoch === inUse);
      return key && { name: collector, epoch: inUse, keyHex: senderKeyHex(key.keyHex, realServer) };
    },
    between(director, realServer) {
      const mine = pairs.get(director) ?? new Map<string, SnapshotKey>();
      pairs.set(director, mine);
      const known = mine.get(realServer);
      if (known !== undefined) return known;
      const key = ofRealServer(realServer).find(({ epoch }) => epoch === inUse);
      if (key === undefined) return undefined;
      const made = { name: realServer, epoch: inUse, keyHex: pairKeyHex(key.keyHex, director) };
      mine.set(realServer, made);
      return made;
    },
  };
}

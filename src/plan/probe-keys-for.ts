/** By which keys an agent probes, or is probed: that of each pair where both know of such, else the one that all share. */
import { type DirectorMember, isCapable, type Member, type RealServerMember } from '../domain/member.ts';
import type { ProbeSettings, SnapshotKey } from '../domain/probe.ts';
import type { SnapshotDirector, SnapshotRealServer } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import type { World } from '../domain/world.ts';
import { remembered } from './remembered.ts';

interface Keyed {
  readonly probe: ProbeSettings;
  readonly keys?: readonly SnapshotKey[];
}

export interface ProbeKeysFor {
  /** Yields between real servers. */
  director(director: DirectorMember, reached: readonly SnapshotRealServer[]): Steps<Keyed>;
  realServer(realServer: RealServerMember, senders: readonly SnapshotDirector[]): Keyed;
}

const keysAStep = 500;
/** The same value for all who need it no more. */
const withoutShared = remembered((probe: ProbeSettings): ProbeSettings => ({ ...probe, keyHex: '' }));

/** Nobody is given the shared key but with whom there is somebody who knows no other. */
export function probeKeysFor({ probe, probeKeys, directors, realServers }: World): ProbeKeysFor {
  if (probeKeys === undefined) {
    return {
      // biome-ignore lint/correctness/useYield: there is nothing to do.
      *director() {
        return { probe };
      },
      realServer: () => ({ probe }),
    };
  }
  const oldDirectors = namesOfOld(directors);
  const oldRealServers = namesOfOld(realServers);
  return {
    *director(director, reached) {
      if (!isCapable(director, 'probe-keys')) return { probe };
      const keys: SnapshotKey[] = [];
      for (const [index, { name }] of reached.entries()) {
        const key = oldRealServers.has(name) ? undefined : probeKeys.between(director.name, name);
        if (key !== undefined) keys.push(key);
        if (index % keysAStep === keysAStep - 1) yield;
      }
      return keyed(probe, keys, keys.length < reached.length);
    },
    realServer(realServer, senders) {
      if (!isCapable(realServer, 'probe-keys')) return { probe };
      const isOldSender = oldDirectors.size > 0 && senders.some(({ name }) => oldDirectors.has(name));
      return keyed(probe, probeKeys.ofRealServer(realServer.name), isOldSender);
    },
  };
}

function keyed(probe: ProbeSettings, keys: readonly SnapshotKey[], needsShared: boolean): Keyed {
  return {
    probe: needsShared ? probe : withoutShared(probe),
    ...(keys.length === 0 ? {} : { keys }),
  };
}

function namesOfOld(members: readonly Member[]): ReadonlySet<string> {
  return new Set(members.filter((one) => !isCapable(one, 'probe-keys')).map(({ name }) => name));
}

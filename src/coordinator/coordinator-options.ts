/** What a coordinator is made of, and where it stands. */
import type { Clock } from '../domain/clock.ts';
import type { LineFile } from '../runtime/line-file.ts';
import type { Logger } from '../runtime/log.ts';
import type { Store } from '../store/store.ts';
import type { CoordinatorTls } from './certificates.ts';
import type { HearingPlace } from './hearing.ts';

export interface CoordinatorOptions {
  readonly name: string;
  /** `host:port` of the API. */
  readonly listen: string;
  /** Undefined: plaintext. */
  readonly tls?: CoordinatorTls | undefined;
  /** Plaintext where others can reach it, because its operator has said so. */
  readonly insecure?: boolean;
  /** Stays the caller's to close. */
  readonly store: Store;
  readonly clock: Clock;
  /** Why its time is not that of the host's clock; absent: it always is. */
  readonly clockTrouble?: () => string | undefined;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Where it hears itself what real servers send to show their return paths; absent: nowhere. */
  readonly hearing?: HearingPlace | undefined;
  /** Addresses of this host, none of which can be a VIP; absent: it is not judged. */
  readonly ownAddresses?: () => readonly string[];
  readonly log: Logger;
  /** Where each change is noted; absent: nowhere but in the history. */
  readonly audit?: LineFile | undefined;
  /** Time between two judgements of the latency matrix. */
  readonly latencyWindowMs?: number;
  /** Time between two plans of the flows where nothing happens. */
  readonly planTickMs?: number;
  /** How long nothing may move of a change that is being written before it is taken up. */
  readonly finishAfterMs?: number;
  /** Absent: this one is alone, owns every site and leads. */
  readonly cluster?: ClusterPlace | undefined;
}

/** Where this coordinator stands among others on the same store. */
export interface ClusterPlace {
  readonly site: string;
  /** `host:port` at which agents and other coordinators reach it, once it listens on that port. */
  readonly address: (port: number) => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** For how long others wait for one that is silent. */
  readonly ttlMs?: number;
}

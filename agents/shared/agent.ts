/** What both agents are made of, and what a program may do with one. */
import type { AgentClientOptions, AgentLink } from '../../src/api/agent-client.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { ExaminationQuestion, ExaminedByKernel } from '../../src/domain/host-examination.ts';
import type { AgentRole } from '../../src/domain/role.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import type { Renewal } from '../../src/pki/renewal.ts';
import type { ConfigOf } from '../../src/runtime/config-keys.ts';
import type { Exposition } from '../../src/runtime/exposition.ts';
import type { Logger } from '../../src/runtime/log.ts';
import type { SnapshotFile } from '../../src/runtime/snapshot-file.ts';

export type SnapshotOf<R extends AgentRole> = Extract<Snapshot, { kind: R }>;

export interface AgentParts<R extends AgentRole> {
  readonly config: ConfigOf[R];
  readonly host: Host;
  readonly ledger: Ledger;
  readonly file: SnapshotFile<SnapshotOf<R>>;
  readonly connect: (
    handlers: Required<Pick<AgentClientOptions, 'hello' | 'held' | 'onSnapshot' | 'onEpoch' | 'onState'>>,
  ) => AgentLink;
  /** Looks at the whole host for what the doctor asks; absent: it is not examined. */
  readonly examine?: (ask: (links: readonly string[]) => ExaminationQuestion) => Promise<ExaminedByKernel>;
  /** Of its certificate; undefined: it has none. */
  readonly renewal?: Renewal | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly programVersion: string;
}

export interface Agent {
  readonly exposition: Exposition;
  /** Undefined when all is well, else why not. */
  healthy(): string | undefined;
  /** Leaves kernel and host as they are. */
  close(): Promise<void>;
}

/** How an agent follows its coordinator: first the snapshot on disk, then what is sent, each taken over or refused, and told. */
import type { AgentLink } from '../../src/api/agent-client.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { Timer } from '../../src/domain/clock.ts';
import { messageOf } from '../../src/domain/error.ts';
import type { ExaminationReport } from '../../src/domain/finding.ts';
import type { DirectorMember, RealServerMember } from '../../src/domain/member.ts';
import { type AgentRole, roles } from '../../src/domain/role.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { type AdoptionOptions, createAdoption } from '../../src/reconcile/adoption.ts';
import type { AgentParts, SnapshotOf } from './agent.ts';

export interface FollowerOptions<R extends AgentRole>
  extends Pick<AdoptionOptions<SnapshotOf<R>>, 'judge' | 'apply'> {
  readonly role: R;
  readonly parts: Pick<
    AgentParts<R>,
    'file' | 'connect' | 'renewal' | 'clock' | 'random' | 'log' | 'programVersion'
  >;
  /** Brings back what was in force before a restart; resolves with what went wrong, or undefined. */
  readonly restore: (snapshot: SnapshotOf<R>) => Promise<string | undefined>;
  /** Other content than before is in force. One at a time. */
  readonly onContent: (snapshot: SnapshotOf<R>) => void | Promise<void>;
  readonly member: () => DirectorMember | Omit<RealServerMember, 'probeSlot'>;
  /** What to say while this snapshot is in force; undefined: nothing yet. */
  readonly report: (
    current: SnapshotOf<R> | undefined,
  ) => AgentReport | undefined | Promise<AgentReport | undefined>;
  /** What was found on the host; undefined: not looked at yet. */
  readonly examination?: () => ExaminationReport | undefined;
  readonly reportIntervalMs: number;
}

export interface Follower {
  /** Of the snapshot in force; 0: none. */
  version(): number;
  connected(): boolean;
  /** At once; otherwise it is done at each interval. Resolves when it is on its way. */
  report(): Promise<void>;
  /** Resolves when the snapshot on disk is in force and the coordinator is being looked for. */
  begin(): Promise<void>;
  close(): Promise<void>;
}

export function createFollower<R extends AgentRole>(options: FollowerOptions<R>): Follower {
  const { role, parts, judge, apply, onContent, reportIntervalMs } = options;
  const { file, clock, random, log } = parts;
  let link: AgentLink | undefined;
  let timer: Timer | undefined;
  let closed = false;
  let reporting: Promise<void> | undefined;
  /** All that is in force is what the agent goes by. */
  let settled: Promise<void> = Promise.resolve();
  let isAskedAgain = false;
  let hasSaid = false;
  /** Why the snapshot in force is not on disk; undefined: it is. */
  let unsaved: string | undefined;

  const adoption = createAdoption<SnapshotOf<R>>({
    ...{ judge, apply, clock, random },
    async save(snapshot) {
      await file.save(snapshot);
      unsaved = undefined;
    },
    onAdopted(snapshot, previous) {
      settled = settled.then(() => settle(snapshot, previous));
    },
    onRefused(snapshot, reason) {
      log.error({ version: snapshot.version, reason }, 'snapshot refused');
      link?.refuse(snapshot.version, reason);
    },
    onUnsaved({ version }, error) {
      log.error({ version, err: error }, 'snapshot not saved: a restart would go back');
      unsaved = messageOf(error);
    },
  });
  const version = () => adoption.current?.version ?? 0;

  async function settle(snapshot: SnapshotOf<R>, previous: SnapshotOf<R> | undefined): Promise<void> {
    if (snapshot.checksum !== previous?.checksum) await onContent(snapshot);
    log.info({ version: snapshot.version, previous: previous?.version ?? 0 }, 'snapshot applied');
    // Whoever hears that it is applied knows how things stand since.
    await report();
    link?.acknowledge(snapshot.version);
  }

  /** A damaged file is as none: the kernel keeps what it has, and the coordinator sends anew. */
  async function load(): Promise<SnapshotOf<R> | undefined> {
    try {
      return await file.load();
    } catch (error) {
      log.error({ err: error }, 'snapshot on disk not used');
      return undefined;
    }
  }

  function connect(): AgentLink {
    return parts.connect({
      hello: () => ({ ...options.member(), programVersion: parts.programVersion }),
      held: () => adoption.current,
      onEpoch: adoption.heard,
      onSnapshot(snapshot) {
        if (isOf(role, snapshot)) return adoption.offer(snapshot);
        const [own, other] = [roles[role].title, roles[snapshot.kind].title];
        link?.refuse(snapshot.version, `this is a ${own}, and the snapshot is a ${other}'s`);
      },
      onState(connected, why) {
        // With each connection it is sent what it is to have, whatever was before.
        adoption.forget();
        if (!connected) return log.warn({ why }, 'coordinator not connected');
        log.info({ coordinator: why }, 'coordinator connected');
        // What was so while nobody listened is no news: told now, who died and is back would be held down for it.
        if (hasSaid) void report();
      },
    });
  }

  /** One at a time: any number that are asked for while one is made are one more. */
  function report(): Promise<void> {
    isAskedAgain = true;
    reporting ??= whileAsked();
    return reporting;
  }

  async function whileAsked(): Promise<void> {
    try {
      while (isAskedAgain) {
        isAskedAgain = false;
        await reportOnce();
      }
    } finally {
      reporting = undefined;
    }
  }

  async function reportOnce(): Promise<void> {
    const said = await options.report(adoption.current);
    if (said === undefined || closed) return;
    hasSaid = true;
    const troubles = [unsavedTrouble(), certificateTrouble()].filter((one) => one !== undefined);
    const examination = options.examination?.();
    link?.report({
      ...said,
      troubles: troubles.length === 0 ? said.troubles : [...said.troubles, ...troubles],
      ...(examination === undefined ? {} : { examination }),
    });
  }

  function unsavedTrouble(): string | undefined {
    return unsaved === undefined
      ? undefined
      : `version ${version()} is in force but not on disk (${unsaved}): a restart would go back; it is tried again, see whether the disk is full`;
  }

  function certificateTrouble(): string | undefined {
    const trouble = parts.renewal?.trouble();
    return trouble === undefined ? undefined : `its certificate: ${trouble}`;
  }

  /** What the disk did not take, it may take later. */
  async function saveAgain(): Promise<void> {
    const { current } = adoption;
    if (unsaved === undefined || current === undefined) return;
    try {
      await file.save(current);
      unsaved = undefined;
      log.info({ version: current.version }, 'snapshot saved');
    } catch (error) {
      unsaved = messageOf(error);
    }
  }

  function reportLater(): void {
    if (closed) return;
    timer = clock.after(reportIntervalMs, () => {
      void report().then(saveAgain).finally(reportLater);
    });
  }

  return {
    version,
    connected: () => link?.connected ?? false,
    report,
    async begin() {
      const restored = await load();
      if (restored !== undefined) {
        adoption.restore(restored);
        // What can't be brought back is told and tried again: an agent that did not start would help nobody.
        const trouble = await options.restore(restored).catch(messageOf);
        log.info(
          { version: restored.version, ...(trouble === undefined ? {} : { trouble }) },
          'snapshot restored',
        );
        await onContent(restored);
      }
      link = connect();
      reportLater();
    },
    async close() {
      closed = true;
      timer?.cancel();
      adoption.forget();
      await link?.close();
    },
  };
}

function isOf<R extends AgentRole>(role: R, snapshot: Snapshot): snapshot is SnapshotOf<R> {
  return snapshot.kind === role;
}

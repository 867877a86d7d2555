/** How each change reaches the agents it concerns: computed soon, sent only where the content differs. */
import { checksumSteps } from '../../api/checksum.ts';
import { createSectioner } from '../../api/manifest.ts';
import type { Clock } from '../../domain/clock.ts';
import { concernsAgents, type Denial } from '../../domain/denial.ts';
import { type DirectorMember, isCapable, type Member, type RealServerMember } from '../../domain/member.ts';
import type { ResourceKind } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights, Withdrawals } from '../../domain/world.ts';
import { createHandoverSnapshots } from '../../plan/handover-content.ts';
import { compareText } from '../../plan/order.ts';
import type { Snapshots } from '../../plan/snapshots.ts';
import { breathing } from '../../runtime/breathing.ts';
import type { StoreRecord } from '../../store/record.ts';
import { intentFor } from '../view/intent.ts';
import type { AskedAt, StoreView } from '../view/store-view.ts';
import { worldUnderway } from '../view/world-of-store.ts';
import { type AgentRecord, type AgentRecords, nextSnapshot } from './agent-record.ts';

export interface PublisherOptions {
  readonly view: StoreView;
  readonly agents: AgentRecords;
  readonly clock: Clock;
  /** Undefined until the first plan: so long directors of services that need one keep what they have. */
  weights(): PlannedWeights | undefined;
  withdrawals(): Withdrawals;
  /** Of this coordinator as the owner of a site; 0: nobody else can be. Undefined: it is not, and sends nothing. */
  epoch(site: string): number | undefined;
  onSent(agent: AgentRecord): void;
  /** One round is done: how long it took from the first change, ms. */
  onPublished(tookMs: number): void;
  onError(error: unknown): void;
}

export interface Publisher {
  /** This agent has just connected: it gets what it lacks. */
  connected(agent: AgentRecord): void;
  /** Weights are not what they were. */
  weightsChanged(): void;
  /** Up to this revision of the store, connected agents have been told all that it wants of them. */
  revision(): number;
  close(): void;
}

/** The first change goes out at once; those that follow within this are one round. */
const coalesceMs = 20;

/**
 * Whom changes concern. Directors see everything; a real server's content depends on no other real server, no policy,
 * no override and no latency (held by a test), so that one of a thousand that joins costs one real server's content and not a thousand.
 */
interface Dirty {
  directors: boolean;
  realServers: boolean;
  readonly names: Set<string>;
}

/** What all snapshots of one round are made from. */
interface Round {
  readonly snapshots: Snapshots;
  readonly revision: number;
  readonly asked: readonly AskedAt[];
  readonly denied: readonly Denial[];
}

export function createPublisher(options: PublisherOptions): Publisher {
  const { view, agents, clock } = options;
  const fresh = new Set<AgentRecord>();
  let dirty: Dirty = { directors: false, realServers: false, names: new Set() };
  let scheduled = false;
  let running = false;
  let closed = false;
  const ended = new AbortController();
  const snapshotsOf = createHandoverSnapshots();
  const sectioner = createSectioner();
  let published = 0;
  let sinceMs = 0;
  let lastRoundMs = Number.NEGATIVE_INFINITY;

  function schedule(): void {
    if (scheduled || closed) return;
    scheduled = true;
    sinceMs = clock.monotonicMs();
    if (!running) arm();
  }

  function arm(): void {
    clock.after(Math.max(0, lastRoundMs + coalesceMs - clock.monotonicMs()), () => {
      running = true;
      breathing(round(), { operation: 'publish', signal: ended.signal })
        .catch((error) => {
          if (!ended.signal.aborted) options.onError(error);
        })
        .finally(() => {
          running = false;
          lastRoundMs = clock.monotonicMs();
          if (scheduled) arm();
        });
    });
  }

  function* round(): Steps<void> {
    scheduled = false;
    const began = sinceMs;
    const concerned = dirty;
    dirty = { directors: false, realServers: false, names: new Set() };
    const weights = options.weights();
    const { revision } = view;
    const asked = view.asked();
    const denied = told(view.denials());
    const world = worldUnderway(view, clock.nowMs(), { weights, withdrawals: options.withdrawals() });
    yield;
    const waits = weights === undefined && world.services.some(({ placement }) => placement === 'optimal');
    const members = new Map<string, Member>(
      [...world.directors, ...world.realServers].map((member) => [`${member.role}/${member.name}`, member]),
    );
    yield;
    const snapshots = yield* snapshotsOf(world);
    for (const agent of agents.connected()) {
      if (waits && agent.role === 'director') continue;
      const isFresh = fresh.delete(agent);
      const member = members.get(`${agent.role}/${agent.name}`);
      if (member === undefined || !(isFresh || concerns(concerned, member))) continue;
      // One agent whose plan can't be made must not keep the others from theirs.
      try {
        yield* publish({ snapshots, revision, asked, denied }, member, agent, isFresh);
      } catch (error) {
        options.onError(error);
      }
      yield;
    }
    published = Math.max(published, revision);
    options.onPublished(clock.monotonicMs() - began);
  }

  function* publish(of: Round, member: Member, agent: AgentRecord, isFresh: boolean): Steps<void> {
    const planned =
      member.role === 'director' ? yield* of.snapshots.director(member) : of.snapshots.realServer(member);
    const { denied } = of;
    const content = isCapable(member, 'denied') && denied.length > 0 ? { ...planned, denied } : planned;
    const manifest = agent.takesSections ? yield* sectioner.manifestOf(content) : undefined;
    const checksum = manifest?.checksum ?? (yield* checksumSteps(content));
    // It may have gone meanwhile.
    const { stream } = agent;
    if (stream === undefined) return;
    const { applied } = agent;
    const { asked, force, insistedAt } = intentFor(member, content, of.asked, {
      appliedRevision: applied.revision ?? 0,
      revision: of.revision,
    });
    const next = nextSnapshot(agent, checksum, force, isFresh, insistedAt);
    if (next === undefined) {
      if (isFresh || agent.wanted === undefined) agent.wanted = { ...applied, force: false };
      // What is on its way there follows this revision as well, once it is applied.
      else if (agent.wanted.checksum === checksum) agent.wanted = { ...agent.wanted, revision: of.revision };
      // What is wanted now is what it has: it follows this revision without having been told.
      if (applied.checksum !== checksum) return;
      agent.applied = { ...applied, revision: of.revision };
      if (isFresh && manifest !== undefined) stream.holds(manifest);
      return;
    }
    const epoch = options.epoch(member.site);
    if (epoch === undefined) return;
    agent.wanted = { ...next, revision: of.revision };
    agent.refusal = '';
    const around = { ...next, revision: of.revision, asked, ...(epoch === 0 ? {} : { epoch }) };
    stream.send({ ...content, ...around }, manifest);
    options.onSent(agent);
  }

  view.onChange((changes) => {
    for (const change of changes) mark(dirty, change);
    schedule();
  });

  return {
    connected(agent) {
      fresh.add(agent);
      schedule();
    },
    revision: () => (scheduled || running ? published : Math.max(published, view.revision)),
    weightsChanged() {
      dirty.directors = true;
      schedule();
    },
    close() {
      closed = true;
      ended.abort();
    },
  };
}

const toldOf = new WeakMap<readonly Denial[], readonly Denial[]>();

/** What agents are told of all denials; one list for as long as nothing of it changes. */
function told(denials: readonly Denial[]): readonly Denial[] {
  const known =
    toldOf.get(denials) ??
    denials.filter(concernsAgents).toSorted((a, b) => compareText(a.subject, b.subject));
  toldOf.set(denials, known);
  return known;
}

function concerns(dirty: Dirty, { role, name }: DirectorMember | RealServerMember): boolean {
  return role === 'director' ? dirty.directors : dirty.realServers || dirty.names.has(name);
}

const directorsOnly: ReadonlySet<ResourceKind> = new Set(['RealServer', 'Override']);

function mark(dirty: Dirty, change: StoreRecord): void {
  // Flows concern nobody until they are weights; estimates nobody but the next leader.
  if (change.kind === 'slot' || change.kind === 'flows' || change.kind === 'estimates') return;
  // What the coordinator keeps for operators.
  if (change.kind === 'revision' || change.kind === 'revision-part') return;
  // Of settings, directors alone are told any.
  if (change.kind === 'resource' && change.value.kind === 'Settings') {
    dirty.directors = true;
    return;
  }
  // Of those that come and go, real servers alone may be told.
  if (change.kind === 'coordinator') {
    dirty.realServers = true;
    return;
  }
  dirty.directors = true;
  const isForDirectors =
    change.kind === 'latency' ||
    change.kind === 'return-path' ||
    change.kind === 'weights' ||
    change.kind === 'leader-memory';
  if (isForDirectors || (change.kind === 'resource' && directorsOnly.has(change.value.kind))) return;
  if (change.kind === 'member' && change.value.role === 'realserver') dirty.names.add(change.value.name);
  else if (change.kind === 'asked' && change.value.subject === 'realServer')
    dirty.names.add(change.value.name);
  else dirty.realServers = true;
}

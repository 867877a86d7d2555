/** The agents' side: who calls is registered, gets what it lacks, and is heard. Heartbeats end here. */
import type { AgentHandlers, AgentSession, AgentStream } from '../../api/handlers.ts';
import type { AgentHello, AgentReport } from '../../domain/agent-message.ts';
import type { Caller } from '../../domain/caller.ts';
import type { Clock } from '../../domain/clock.ts';
import { Elsewhere } from '../../domain/elsewhere.ts';
import { CausewayError } from '../../domain/error.ts';
import { memberId } from '../../domain/role.ts';
import type { Logger } from '../../runtime/log.ts';
import { memberPrefix, resourcePrefix } from '../../store/keys.ts';
import type { Fence, Store } from '../../store/store.ts';
import type { CoordinatorMetrics } from '../coordinator-metrics.ts';
import { registration } from '../view/membership.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { type AgentRecord, type AgentRecords, greet } from './agent-record.ts';
import { believableReport } from './believable-report.ts';
import { boundedReport, shortened } from './bounded-report.ts';
import { checkHello } from './check-hello.ts';
import { checkOwn } from './check-own.ts';
import type { NameGuard } from './name-guard.ts';
import type { Publisher } from './publisher.ts';

/** For an agent that is served here. */
export interface AgentPlace {
  /** `host:port` of all coordinators that there are. */
  readonly coordinators: readonly string[];
  /** Of its site; nothing is written without it. */
  readonly fence: Fence | undefined;
}

/** Agents that wait for their registration. More would wait in vain, and are better off elsewhere or later. */
const waitingAtMost = 1_000;
const fullRetryMs = 2_000;

export interface AgentsOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: AgentRecords;
  readonly names: NameGuard;
  readonly publisher: Publisher;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: CoordinatorMetrics;
  /** Throws `Elsewhere` where another serves that site; absent where there is no other. */
  place?(agent: string, site: string): AgentPlace;
  /** It has applied or refused something. */
  onAnswer?(): void;
  /** It is a member now, or another one than it was. */
  onRegistered?(hello: AgentHello, caller: Caller): void;
  /** It is filed; `previous` was the one before. */
  onReport(agent: AgentRecord, previous: AgentReport): void;
}

export function createAgentHandlers(options: AgentsOptions): AgentHandlers {
  const { store, view, agents, names, publisher, serial, clock, log, metrics } = options;

  let waiting = 0;

  function session(agent: AgentRecord, stream: AgentStream, epoch: number): AgentSession {
    const current = (): boolean => agent.stream === stream;
    const who = { role: agent.role, agent: agent.name };
    let isCutTold = false;
    let isRefusalTold = false;
    return {
      held: agent.held,
      epoch,
      report(whole) {
        if (!current()) return;
        const { report: believed, refused, example } = believableReport(whole);
        if (refused > 0) metrics.figuresRefused.inc({ role: agent.role }, refused);
        if (refused > 0 && !isRefusalTold)
          log.warn({ ...who, figures: refused, example }, 'its reports say what cannot be: that is left out');
        isRefusalTold ||= refused > 0;
        const { report, cut } = boundedReport(believed);
        if (cut > 0) metrics.reportsCut.inc({ role: agent.role }, cut);
        if (cut > 0 && !isCutTold)
          log.warn({ ...who, sentences: cut }, 'its reports say too much: what is too much is cut');
        isCutTold ||= cut > 0;
        const previous = agent.report;
        agent.report = report;
        agent.reportedAtMs = clock.monotonicMs();
        agent.lastSeenMs = clock.nowMs();
        options.onReport(agent, previous);
      },
      acknowledge(version, held) {
        if (!current()) return;
        agent.lastSeenMs = clock.nowMs();
        agent.held = held;
        const isWanted = agent.wanted?.version === version;
        // Of an older one that was on its way, little is known but that it is no more what it had.
        const older = { checksum: held?.checksum ?? '', revision: agent.applied.revision };
        const { checksum, revision = 0 } = (isWanted && agent.wanted) || older;
        agent.applied = { version, checksum, revision };
        if (isWanted) agent.refusal = '';
        log.debug({ ...who, version }, 'snapshot applied');
        options.onAnswer?.();
      },
      refuse(version, whole) {
        if (!current()) return;
        const reason = shortened(whole);
        agent.lastSeenMs = clock.nowMs();
        metrics.refusals.inc({ role: agent.role });
        // An older one is refused no more: a newer is on its way.
        if (agent.wanted?.version === version)
          agent.refusal = reason === '' ? 'refused without a reason' : reason;
        log.warn({ ...who, version, reason }, 'snapshot refused');
      },
      closed() {
        if (!current()) return;
        agent.stream = undefined;
        agent.lastSeenMs = clock.nowMs();
        metrics.connected.dec({ role: agent.role });
        log.info(who, 'agent disconnected');
      },
    };
  }

  return {
    connect: async (hello, stream, { caller }) => {
      if (waiting >= waitingAtMost) throw full(hello);
      waiting += 1;
      return serial(async () => {
        // After a storm many have given up and come anew by the time it is their turn.
        if (stream.isOver?.() === true) throw gone(hello);
        checkHello(hello);
        checkOwn(hello, caller);
        const { fence } = options.place?.(hello.name, hello.site) ?? {};
        names.check(hello);
        let isNew = false;
        const written = () => {
          const writes = registration(view, hello);
          isNew = writes.length > 0;
          return writes;
        };
        const restsOn = [memberPrefix, resourcePrefix];
        await transact(store, view, `register ${hello.role}`, written, { restsOn, fence });
        if (isNew) options.onRegistered?.(hello, caller);
        // Meanwhile its site may have become another's: when agents were sent away this one was not yet there.
        const place = options.place?.(hello.name, hello.site);
        const agent = agents.get(hello.role, hello.name);
        const replaced = agent.stream;
        if (replaced === undefined) metrics.connected.inc({ role: agent.role });
        greet(agent, hello, stream, clock.nowMs());
        replaced?.close(replacedBy(hello, stream.peer));
        const declared = view.resource({ kind: 'Site', name: hello.site }) !== undefined;
        const { role, name, site, address, appliedVersion, programVersion } = hello;
        const { identity: by } = caller;
        log.info({ by, role, agent: name, site, address, appliedVersion, programVersion }, 'agent connected');
        if (!declared)
          log.warn({ role, agent: name, site }, 'its site is not declared: it takes no part until it is');
        publisher.connected(agent);
        return {
          ...session(agent, stream, place?.fence?.epoch ?? 0),
          ...(place === undefined ? {} : { coordinators: place.coordinators }),
        };
      })
        .catch((error) => {
          const who = { role: hello.role, agent: hello.name, peer: stream.peer };
          if (stream.isOver?.() === true) log.debug(who, 'agent gone before it was served');
          else if (error instanceof Elsewhere)
            log.info({ ...who, place: error.place }, 'agent sent elsewhere');
          else log.warn({ ...who, err: error }, 'agent refused');
          throw error;
        })
        .finally(() => {
          waiting -= 1;
        });
    },
  };
}

function full({ role, name }: AgentHello): Elsewhere {
  return new Elsewhere('serve agent', memberId(role, name), 'too many wait to be served here', {
    address: undefined,
    retryAfterMs: fullRetryMs,
    coordinators: [],
  });
}

function gone({ role, name }: AgentHello): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: 'serve agent',
    subject: memberId(role, name),
    message: 'it has gone before it was its turn',
  });
}

function replacedBy({ role, name }: AgentHello, peer: string): CausewayError {
  return new CausewayError({
    code: 'conflict',
    operation: 'serve agent',
    subject: memberId(role, name),
    message: `it has connected again, from ${peer}`,
  });
}

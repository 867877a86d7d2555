/** The Agents service: one stream an agent, its hello first, the newest snapshot back; and its next certificate. */
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { AgentReport } from '../domain/agent-message.ts';
import type { Timer } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import { patience } from '../domain/patience.ts';
import { withChanges } from '../domain/report-changes.ts';
import { createWaitingRoom, type WaitingRoom } from '../domain/waiting-room.ts';
import { callerOf } from './caller.ts';
import { helloFromWire } from './convert-agent.ts';
import { changesFromWire, reportChangesCapability, reportEntries, reportFromWire } from './convert-report.ts';
import { createWordReader } from './convert-words.ts';
import { toStatus } from './errors.ts';
import type { AgentMessage__Output } from './gen/causeway/v1/AgentMessage.ts';
import type { AgentsHandlers as WireHandlers } from './gen/causeway/v1/Agents.ts';
import type { CoordinatorMessage } from './gen/causeway/v1/CoordinatorMessage.ts';
import type { Hello__Output } from './gen/causeway/v1/Hello.ts';
import type { Report__Output } from './gen/causeway/v1/Report.ts';
import type { ReportChanges__Output } from './gen/causeway/v1/ReportChanges.ts';
import type { AgentSession, AgentStream, Handlers } from './handlers.ts';
import { loadApi } from './proto-services.ts';
import { readRequest } from './raw-requests.ts';
import { renewCall } from './serve-renewal.ts';
import { createLatestWriter } from './slow-reader.ts';
import { createPush } from './snapshot-push.ts';
import { agentLimits, strangerLimits } from './wire-bounds.ts';

type Stream = ServerDuplexStream<AgentMessage__Output, CoordinatorMessage>;
type End = (reason?: unknown) => void;

/** A caller that says nothing holds a stream for no more than this. */
const helloTimeoutMs = 5_000;
/** Several times what the largest fleet's directors report. */
const reportEntriesAtMost = 200_000;

/**
 * For a service whose requests come as bytes: what a stranger may send is less than what an agent may. No more than
 * `strangersAtMost` wait without a hello.
 */
export function agentsService(handlers: Handlers, strangersAtMost: number): WireHandlers {
  const strangers = createWaitingRoom<End>(strangersAtMost, (end) =>
    end(outOfTurn('too many others wait with it without a hello')),
  );
  return { Connect: (stream) => serveAgent(handlers, stream, strangers), Renew: renewCall(handlers) };
}

function serveAgent(
  { agents, onInternalError = () => {}, onRefused }: Handlers,
  stream: Stream,
  strangers: WaitingRoom<End>,
): void {
  const writer = createLatestWriter<CoordinatorMessage>(stream, finish);
  const push = createPush({ write: (make) => writer.put('snapshot', make), after });
  /** What this stream has been told in its reports. */
  let reported: AgentReport | undefined;
  let session: AgentSession | undefined;
  let greeted = false;
  let over = false;
  let takesWelcome = false;

  function finish(reason?: unknown): void {
    if (over) return;
    over = true;
    helloTimer.cancel();
    strangers.leave(finish);
    writer.stop();
    push.stop();
    session?.closed();
    if (reason === undefined) return void stream.end();
    if (!(reason instanceof CausewayError)) onInternalError('connect', reason);
    stream.emit('error', toStatus(reason));
  }

  const helloTimer = patience({ after }, helloTimeoutMs, () => finish(outOfTurn('no hello within 5 s')));
  strangers.enter(finish);

  function welcome({ epoch = 0 }: Pick<AgentSession, 'epoch'>, coordinators: readonly string[]): void {
    if (!takesWelcome) return;
    const said = { capabilities: [reportChangesCapability], epoch, coordinators: [...coordinators] };
    writer.put('welcome', () => ({ welcome: said }));
  }

  async function greet(wire: Hello__Output): Promise<void> {
    greeted = true;
    helloTimer.cancel();
    strangers.leave(finish);
    // Nothing is read before the registration is settled, so that no report comes before its agent.
    stream.pause();
    let early: Parameters<typeof push.offer> | undefined;
    const own: AgentStream = {
      peer: stream.getPeer(),
      send(snapshot, manifest) {
        if (session === undefined) early = [snapshot, manifest];
        else push.offer(snapshot, manifest);
      },
      holds: push.holds,
      names(coordinators) {
        if (session !== undefined) welcome(session, coordinators);
      },
      isOver: () => over,
      close: finish,
    };
    const hello = helloFromWire(wire);
    const caller = callerOf(stream);
    const accepted = await agents.connect(hello, own, { caller }).catch((error) => {
      if (error instanceof CausewayError && error.code === 'permission') {
        const { from: peer, identity } = caller;
        onRefused?.({ peer, identity, method: 'Agents.Connect', reason: error.message });
      }
      throw error;
    });
    if (over) return accepted.closed();
    session = accepted;
    // The headers tell the agent that it is accepted; they must go before the first message.
    stream.sendMetadata(new Metadata());
    if (accepted.held !== undefined) push.holds(accepted.held);
    takesWelcome = wire.capabilities.length > 0;
    welcome(accepted, accepted.coordinators ?? []);
    if (early !== undefined) push.offer(...early);
    stream.resume();
  }

  function take(message: AgentMessage__Output): void {
    if (message.hello) {
      if (greeted) throw outOfTurn('a second hello on one stream');
      greet(message.hello).catch(finish);
      return;
    }
    if (session === undefined) throw outOfTurn('the first message must be hello');
    if (message.report) {
      reported = readReport(message.report);
      session.report(reported);
    } else if (message.reportChanges) changeReport(session, message.reportChanges);
    else if (message.acknowledge) {
      const { version } = message.acknowledge;
      session.acknowledge(version, push.answered(version, 'acknowledged'));
    } else if (message.refuse) {
      const { version, reason, unknownBase } = message.refuse;
      push.answered(version, unknownBase ? 'unknown-base' : 'refused');
      if (!unknownBase) session.refuse(version, reason);
    }
    // Else: a message of a newer agent, which this version does not know.
  }

  function changeReport(to: AgentSession, wire: ReportChanges__Output): void {
    const words = createWordReader();
    const changes = changesFromWire(wire, words);
    words.refuseProblems('read report');
    if (reported === undefined || changes === undefined) {
      writer.put('whole-report', () => ({ wholeReport: {} }));
      return;
    }
    reported = withChanges(reported, changes);
    refuseEndless(reported);
    to.report(reported);
  }

  stream.on('data', (bytes: unknown) => {
    const limits = session === undefined ? strangerLimits : agentLimits;
    try {
      if (!over) take(readRequest<AgentMessage__Output>(loadApi().agents.service.Connect, bytes, limits));
    } catch (error) {
      finish(error);
    }
  });
  stream.on('end', () => finish());
  stream.on('cancelled', () => finish());
  stream.on('error', () => finish());
}

function after(delayMs: number, run: () => void): Timer {
  const timer = setTimeout(run, delayMs);
  return { cancel: () => clearTimeout(timer) };
}

function readReport(wire: Report__Output): AgentReport {
  const words = createWordReader();
  const report = reportFromWire(wire, words);
  words.refuseProblems('read report');
  return report;
}

/** A message is bounded; what many of them come to is bounded here. */
function refuseEndless(report: AgentReport): void {
  const entries = reportEntries(report);
  if (entries <= reportEntriesAtMost) return;
  throw new CausewayError({
    code: 'refused',
    operation: 'read report',
    message: `found ${entries} entries, expected at most ${reportEntriesAtMost}`,
  });
}

function outOfTurn(message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'connect agent', message });
}

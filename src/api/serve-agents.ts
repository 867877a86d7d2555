/** The Agents service: one stream an agent, its hello first, the newest snapshot back. */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { AgentReport } from '../domain/agent-message.ts';
import { CausewayError } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { createWaitingRoom, type WaitingRoom } from '../domain/waiting-room.ts';
import { callerOf } from './caller.ts';
import { helloFromWire } from './convert-agent.ts';
import { reportFromWire } from './convert-report.ts';
import { snapshotToWire } from './convert-snapshot.ts';
import { createWordReader } from './convert-words.ts';
import { sendable } from './encoded.ts';
import { toStatus } from './errors.ts';
import type { AgentMessage__Output } from './gen/causeway/v1/AgentMessage.ts';
import type { AgentsHandlers as WireHandlers } from './gen/causeway/v1/Agents.ts';
import type { CoordinatorMessage } from './gen/causeway/v1/CoordinatorMessage.ts';
import type { Hello__Output } from './gen/causeway/v1/Hello.ts';
import type { Report__Output } from './gen/causeway/v1/Report.ts';
import type { AgentSession, Handlers } from './handlers.ts';
import { naming } from './named-coordinators.ts';
import { loadApi } from './proto-services.ts';
import { readRequest } from './raw-requests.ts';
import { createLatestWriter } from './slow-reader.ts';
import { agentLimits, strangerLimits } from './wire-bounds.ts';

type Stream = ServerDuplexStream<AgentMessage__Output, CoordinatorMessage>;
type End = (reason?: unknown) => void;

/** A caller that says nothing holds a stream for no more than this. */
const helloTimeoutMs = 5_000;

/**
 * For a service whose requests come as bytes: what a stranger may send is less than what an agent may. No more than
 * `strangersAtMost` wait without a hello.
 */
export function agentsService(handlers: Handlers, strangersAtMost: number): WireHandlers {
  const strangers = createWaitingRoom<End>(strangersAtMost, (end) =>
    end(outOfTurn('too many others wait with it without a hello')),
  );
  return { Connect: (stream) => serveAgent(handlers, stream, strangers) };
}

function serveAgent(
  { agents, onInternalError = () => {} }: Handlers,
  stream: Stream,
  strangers: WaitingRoom<End>,
): void {
  const writer = createLatestWriter<CoordinatorMessage>(stream, finish);
  let session: AgentSession | undefined;
  let greeted = false;
  let over = false;

  function finish(reason?: unknown): void {
    if (over) return;
    over = true;
    clearTimeout(helloTimer);
    strangers.leave(finish);
    writer.stop();
    session?.closed();
    if (reason === undefined) return void stream.end();
    if (!(reason instanceof CausewayError)) onInternalError('connect', reason);
    stream.emit('error', toStatus(reason));
  }

  const helloTimer = setTimeout(() => finish(outOfTurn('no hello within 5 s')), helloTimeoutMs);
  strangers.enter(finish);

  async function greet(wire: Hello__Output): Promise<void> {
    greeted = true;
    clearTimeout(helloTimer);
    strangers.leave(finish);
    // Nothing is read before the registration is settled, so that no report comes before its agent.
    stream.pause();
    let early: Snapshot | undefined;
    const write = (snapshot: Snapshot): void => {
      writer.put('snapshot', () => sendable('CoordinatorMessage', { snapshot: snapshotToWire(snapshot) }));
    };
    const own = {
      peer: stream.getPeer(),
      send: (snapshot: Snapshot) => {
        if (session === undefined) early = snapshot;
        else write(snapshot);
      },
      close: finish,
    };
    const accepted = await agents.connect(helloFromWire(wire), own, { caller: callerOf(stream) });
    if (over) return accepted.closed();
    session = accepted;
    // The headers tell the agent that it is accepted; they must go before the first message.
    stream.sendMetadata(naming(accepted.coordinators ?? []));
    if (early !== undefined) write(early);
    stream.resume();
  }

  function take(message: AgentMessage__Output): void {
    if (message.hello) {
      if (greeted) throw outOfTurn('a second hello on one stream');
      greet(message.hello).catch(finish);
      return;
    }
    if (session === undefined) throw outOfTurn('the first message must be hello');
    if (message.report) session.report(readReport(message.report));
    else if (message.acknowledge) session.acknowledge(message.acknowledge.version);
    else if (message.refuse) session.refuse(message.refuse.version, message.refuse.reason);
    // Else: a message of a newer agent, which this version does not know.
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

function readReport(wire: Report__Output): AgentReport {
  const words = createWordReader();
  const report = reportFromWire(wire, words);
  words.refuseProblems('read report');
  return report;
}

function outOfTurn(message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'connect agent', message });
}

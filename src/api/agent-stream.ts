/** One attempt of an agent to stand in connection with one coordinator, from the call to its end. */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { type AgentHello, type AgentReport, emptyReport } from '../domain/agent-message.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { patience } from '../domain/patience.ts';
import { reportChanges, withChanges } from '../domain/report-changes.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { breathing } from '../runtime/breathing.ts';
import { channelTarget } from './channel.ts';
import { closeClient } from './close-client.ts';
import { helloToWire } from './convert-agent.ts';
import { reportChangesCapability, sayable } from './convert-report.ts';
import { fromStatus, isServiceError } from './errors.ts';
import type { AgentMessage } from './gen/causeway/v1/AgentMessage.ts';
import type { CoordinatorMessage__Output } from './gen/causeway/v1/CoordinatorMessage.ts';
import type { Welcome__Output } from './gen/causeway/v1/Welcome.ts';
import { loadApi } from './proto-services.ts';
import { reportChangesMessage, wholeReportMessage } from './report-message.ts';
import { createLatestWriter } from './slow-reader.ts';
import type { Taker } from './take-delta.ts';
import { dialling } from './tls-client.ts';
import type { TlsMaterial } from './tls-files.ts';

const operation = 'connect to coordinator';
/** Whatever went wrong with the changes of reports is over by then. */
const wholeReportEveryMs = 60_000;
/** Also how far apart they go whose coordinator's certificate ends: each counts from when it came. */
const judgeEveryMs = 60_000;

export interface AgentStreamOptions {
  readonly address: string;
  readonly hello: AgentHello;
  readonly clock: Clock;
  /** Connection, hello and its acceptance together; with TLS from when the coordinator has shown who it is, anew: it has begun with us. */
  readonly acceptWithinMs: number;
  /** Undefined: plaintext. */
  readonly tls: TlsMaterial | undefined;
  readonly taker: Taker;
  /** In force: what a delta is against. */
  held(): Snapshot | undefined;
  /** The coordinator has registered this agent. */
  onAccepted(): void;
  /** Its checksum is right. */
  onSnapshot(snapshot: Snapshot): void;
  /** Of the coordinator as the owner of this agent's site. Answers why it is not followed, or undefined. */
  onEpoch(epoch: number): string | undefined;
  /** `host:port` of all that there are, as far as it tells. */
  onCoordinators(coordinators: readonly string[]): void;
  /** Called once, last. */
  onEnd(why: CausewayError): void;
}

export interface AgentStream {
  /** Each kind of message has one place: the latest wins while the stream is behind. */
  report(report: AgentReport): void;
  acknowledge(version: number): void;
  refuse(version: number, reason: string): void;
  close(): void;
}

export function openAgentStream(options: AgentStreamOptions): AgentStream {
  const { address, clock, taker } = options;
  const {
    credentials,
    options: channel,
    doubt,
    objection,
  } = dialling(options.tls, () => {
    if (over || isAccepted) return;
    timer.cancel();
    timer = giveUpLater();
  });
  const client = new (loadApi().agents)(channelTarget(address), credentials, channel);
  const stream: ClientDuplexStream<AgentMessage, CoordinatorMessage__Output> = client.connect();
  const writer = createLatestWriter<AgentMessage>(stream, (error) =>
    finish(unavailable(address, messageOf(error))),
  );
  let over = false;
  let isAccepted = false;
  let takesChanges = false;
  let latest: AgentReport | undefined;
  /** What the coordinator has of it. */
  let said: AgentReport | undefined;
  let wholeAtMs = Number.NEGATIVE_INFINITY;

  function finish(why: CausewayError): void {
    if (over) return;
    over = true;
    timer.cancel();
    judging.cancel();
    writer.stop();
    stream.cancel();
    closeClient(client);
    options.onEnd(why);
  }

  function giveUpLater(): Timer {
    return patience(clock, options.acceptWithinMs, () => {
      const message = `no answer within ${options.acceptWithinMs / 1_000} s`;
      finish(new CausewayError({ code: 'deadline', operation, subject: address, message }));
    });
  }
  let timer = giveUpLater();

  /** Who has answered may be denied since, or his certificate over: he is left, and whoever comes next is asked who he is. */
  function judge(): void {
    const reason = objection(clock.nowMs());
    if (reason !== undefined && !over) finish(unavailable(address, reason));
  }

  function judgeLater(): Timer {
    return clock.after(judgeEveryMs, () => {
      judging = judgeLater();
      judge();
    });
  }
  let judging = judgeLater();

  function refuse(version: number, reason: string): void {
    writer.put('answer', () => ({ refuse: { version, reason: sayable(reason) } }));
  }

  /** While others have their turns; what comes after it is read after it. */
  async function take(version: number, steps: Steps<Snapshot | undefined>, base: string): Promise<void> {
    stream.pause();
    try {
      const snapshot = await breathing(steps, { operation: 'read snapshot' });
      if (over) return;
      if (snapshot === undefined) refuseBase(version, base);
      else hear(snapshot);
    } catch (error) {
      refuse(version, messageOf(error));
    }
    if (!over) stream.resume();
  }

  function hear(snapshot: Snapshot): void {
    options.onSnapshot(snapshot);
    judge();
  }

  function refuseBase(version: number, baseChecksum: string): void {
    const reason = `it is the changes of ${baseChecksum}, which this agent does not have`;
    writer.put('answer', () => ({ refuse: { version, reason, unknownBase: true } }));
  }

  function welcomed({ capabilities, epoch, coordinators }: Welcome__Output): void {
    options.onCoordinators(coordinators);
    takesChanges = capabilities.includes(reportChangesCapability);
    const objection = options.onEpoch(epoch);
    if (objection !== undefined) finish(unavailable(address, objection));
  }

  /** Made when the stream can take it: against what was written last. */
  function reportMessage(): AgentMessage | Promise<AgentMessage> {
    const report = latest ?? emptyReport;
    const nowMs = clock.monotonicMs();
    if (!takesChanges || said === undefined || nowMs - wholeAtMs >= wholeReportEveryMs) {
      said = report;
      wholeAtMs = nowMs;
      return wholeReportMessage(report);
    }
    const changes = reportChanges(said, report);
    said = withChanges(said, changes);
    return reportChangesMessage(changes);
  }

  function report(): void {
    writer.put('report', reportMessage);
  }

  stream.on('metadata', () => {
    if (over) return;
    timer.cancel();
    isAccepted = true;
    options.onAccepted();
  });
  stream.on('data', (message: CoordinatorMessage__Output) => {
    if (over) return;
    const { delta, snapshot } = message;
    if (delta) void take(delta.version, taker.take(delta, options.held()), delta.baseChecksum);
    else if (snapshot) void take(snapshot.version, taker.takeWhole(snapshot), '');
    else if (message.welcome) welcomed(message.welcome);
    else if (message.wholeReport && latest !== undefined) {
      said = undefined;
      report();
    }
  });
  stream.on('error', (error) => {
    if (!isServiceError(error)) return finish(unavailable(address, messageOf(error)));
    const told = fromStatus(error, operation, address);
    // Its own `unavailable` comes with its parts; without them it is the transport that speaks, and knows nothing of certificates.
    const isTransport = told.code === 'unavailable' && told.operation === operation;
    const doubted = isTransport && !isAccepted ? doubt() : undefined;
    finish(doubted === undefined ? told : unavailable(address, doubted));
  });
  stream.on('end', () => finish(unavailable(address, 'the coordinator ended the connection')));
  writer.put('hello', () => ({ hello: helloToWire(options.hello) }));

  return {
    report(next) {
      latest = next;
      report();
    },
    acknowledge: (version) => writer.put('answer', () => ({ acknowledge: { version } })),
    refuse,
    close: () => finish(unavailable(address, 'closed by this agent')),
  };
}

function unavailable(address: string, message: string): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation,
    subject: address,
    message,
  });
}

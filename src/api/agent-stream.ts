/** One attempt of an agent to stand in connection with one coordinator, from the call to its end. */
import { type ClientDuplexStream, credentials, type Metadata } from '@grpc/grpc-js';
import type { AgentHello, AgentReport } from '../domain/agent-message.ts';
import type { Clock } from '../domain/clock.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { channelTarget, clientOptions } from './channel.ts';
import { snapshotChecksum } from './checksum.ts';
import { helloToWire } from './convert-agent.ts';
import { reportToWire, sayable } from './convert-report.ts';
import { snapshotFromWire } from './convert-snapshot.ts';
import { sendable } from './encoded.ts';
import { fromStatus, isServiceError } from './errors.ts';
import type { AgentMessage } from './gen/causeway/v1/AgentMessage.ts';
import type { CoordinatorMessage__Output } from './gen/causeway/v1/CoordinatorMessage.ts';
import type { Snapshot__Output } from './gen/causeway/v1/Snapshot.ts';
import { coordinatorsIn } from './named-coordinators.ts';
import { loadApi } from './proto-services.ts';
import { createLatestWriter } from './slow-reader.ts';

/** Connection, hello and its acceptance together. */
const acceptTimeoutMs = 5_000;

export interface AgentStreamOptions {
  readonly address: string;
  readonly hello: AgentHello;
  readonly clock: Clock;
  /** The coordinator has registered this agent. `coordinators`: `host:port` of all that there are, as far as it tells. */
  onAccepted(coordinators: readonly string[]): void;
  /** Its checksum is right. */
  onSnapshot(snapshot: Snapshot): void;
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
  const { address, clock } = options;
  const client = new (loadApi().agents)(channelTarget(address), credentials.createInsecure(), clientOptions);
  const stream: ClientDuplexStream<AgentMessage, CoordinatorMessage__Output> = client.connect();
  const writer = createLatestWriter<AgentMessage>(stream, (error) =>
    finish(unavailable(address, messageOf(error))),
  );
  let over = false;

  function finish(why: CausewayError): void {
    if (over) return;
    over = true;
    timer.cancel();
    writer.stop();
    stream.cancel();
    client.close();
    options.onEnd(why);
  }

  const timer = clock.after(acceptTimeoutMs, () => {
    finish(unavailable(address, `no answer within ${acceptTimeoutMs / 1000} s`));
  });

  function refuse(version: number, reason: string): void {
    writer.put('answer', () => ({ refuse: { version, reason: sayable(reason) } }));
  }

  function takeSnapshot(wire: Snapshot__Output): void {
    try {
      const snapshot = snapshotFromWire(wire);
      verifyChecksum(snapshot);
      options.onSnapshot(snapshot);
    } catch (error) {
      refuse(wire.version, messageOf(error));
    }
  }

  stream.on('metadata', (metadata: Metadata) => {
    if (over) return;
    timer.cancel();
    options.onAccepted(coordinatorsIn(metadata));
  });
  stream.on('data', (message: CoordinatorMessage__Output) => {
    if (!over && message.snapshot) takeSnapshot(message.snapshot);
  });
  stream.on('error', (error) => {
    finish(
      isServiceError(error)
        ? fromStatus(error, 'connect to coordinator', address)
        : unavailable(address, messageOf(error)),
    );
  });
  stream.on('end', () => finish(unavailable(address, 'the coordinator ended the connection')));
  writer.put('hello', () => ({ hello: helloToWire(options.hello) }));

  return {
    report: (report) =>
      writer.put('report', () => sendable('AgentMessage', { report: reportToWire(report) })),
    acknowledge: (version) => writer.put('answer', () => ({ acknowledge: { version } })),
    refuse,
    close: () => finish(unavailable(address, 'closed by this agent')),
  };
}

function verifyChecksum(snapshot: Snapshot): void {
  const actual = snapshotChecksum(snapshot);
  if (actual === snapshot.checksum) return;
  throw new CausewayError({
    code: 'refused',
    operation: 'read snapshot',
    subject: `version ${snapshot.version}`,
    message: `checksum ${snapshot.checksum} was announced, the content has ${actual}: damaged, or of a version this agent can't read`,
  });
}

function unavailable(address: string, message: string): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: 'connect to coordinator',
    subject: address,
    message,
  });
}

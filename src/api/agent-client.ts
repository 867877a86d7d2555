/** How an agent stays in touch: connected for ever, to whichever coordinator answers, never in the data plane's way. */
import type { AgentHello, AgentReport } from '../domain/agent-message.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { CausewayError } from '../domain/error.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type AgentStream, openAgentStream } from './agent-stream.ts';
import { createNextCoordinator } from './next-coordinator.ts';

export interface AgentClientOptions {
  /** `host:port`, in the order in which they are tried. */
  readonly coordinators: readonly string[];
  /** Asked at each connection: what is applied by then. */
  readonly hello: () => AgentHello;
  /** Its checksum is verified. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** `why`: the address on connection, the reason on its loss and after each failed attempt. */
  readonly onState?: (connected: boolean, why: string) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface AgentLink {
  readonly connected: boolean;
  /** The latest wins; kept while nobody is connected and sent first thing after. */
  report(report: AgentReport): void;
  /** Without a connection, lost: the next hello says what is applied, and what was refused is sent again. */
  acknowledge(version: number): void;
  refuse(version: number, reason: string): void;
  close(): Promise<void>;
}

/** A connection that lived for this long starts the backoff anew. */
const steadyMs = 10_000;

export function connectAgent(options: AgentClientOptions): AgentLink {
  const { coordinators, clock, random } = options;
  const onState = options.onState ?? (() => {});
  if (coordinators.length === 0) {
    throw new CausewayError({
      code: 'invalid',
      operation: 'connect to coordinator',
      message: 'no coordinator is named',
    });
  }
  const next = createNextCoordinator(coordinators, random);
  let connected = false;
  let connectedAtMs = 0;
  let closed = false;
  let stream: AgentStream | undefined;
  let retry: Timer | undefined;
  let latestReport: AgentReport | undefined;

  function open(): void {
    retry = undefined;
    if (closed) return;
    const address = next.address();
    stream = openAgentStream({
      address,
      hello: options.hello(),
      clock,
      onSnapshot: options.onSnapshot,
      onAccepted(others) {
        next.accepted(others);
        connected = true;
        connectedAtMs = clock.monotonicMs();
        if (latestReport !== undefined) stream?.report(latestReport);
        onState(true, address);
      },
      onEnd: ended,
    });
  }

  function ended(why: CausewayError): void {
    stream = undefined;
    const steady = connected && clock.monotonicMs() - connectedAtMs >= steadyMs;
    connected = false;
    if (closed) return;
    retry = clock.after(next.ended(why, steady), open);
    onState(false, why.message);
  }

  // Not before the caller holds the link that its callbacks may use.
  queueMicrotask(open);
  return {
    get connected() {
      return connected;
    },
    report(report) {
      latestReport = report;
      if (connected) stream?.report(report);
    },
    acknowledge: (version) => stream?.acknowledge(version),
    refuse: (version, reason) => stream?.refuse(version, reason),
    async close() {
      closed = true;
      retry?.cancel();
      stream?.close();
    },
  };
}

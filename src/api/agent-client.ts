/** How an agent stays in touch: connected for ever, to whichever coordinator answers, never in the data plane's way. */
import type { AgentHello, AgentIdentity, AgentReport } from '../domain/agent-message.ts';
import type { Clock, Timer } from '../domain/clock.ts';
import { staleEpoch } from '../domain/epoch.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { programCapabilities } from '../domain/member.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { type AgentStream, openAgentStream } from './agent-stream.ts';
import { createHeardDenials } from './heard-denials.ts';
import { createNextCoordinator } from './next-coordinator.ts';
import { createTaker } from './take-delta.ts';
import type { TlsMaterial } from './tls-files.ts';

export interface AgentClientOptions {
  /** `host:port`, in the order in which they are tried. */
  readonly coordinators: readonly string[];
  /** Asked at each connection. */
  readonly hello: () => AgentIdentity;
  /** In force, with the checksum of its sections: what is told at each connection, and what changes are made of. */
  readonly held: () => Snapshot | undefined;
  /** Its checksum is verified. */
  readonly onSnapshot: (snapshot: Snapshot) => void;
  /** Its site has an owner of a higher epoch than any that was heard of before. */
  readonly onEpoch?: (epoch: number) => void;
  /** `why`: the address on connection, the reason on its loss and after each failed attempt. */
  readonly onState?: (connected: boolean, why: string) => void;
  readonly clock: Clock;
  /** Asked at each connection, so that renewed files are taken; a throw is a connection that failed. Absent: plaintext. */
  readonly tls?: ((address: string) => TlsMaterial | undefined) | undefined;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface AgentLink {
  readonly connected: boolean;
  /** `host:port` of all that it knows, the one that it is connected to first. */
  coordinators(): readonly string[];
  /** The latest wins. While nobody is connected it is lost: it would be heard as if it were of then. Whoever connects says anew how things are. */
  report(report: AgentReport): void;
  /** Without a connection, lost: the next hello says what is applied, and what was refused is sent again. */
  acknowledge(version: number): void;
  refuse(version: number, reason: string): void;
  close(): Promise<void>;
}

/** A connection that lived for this long starts the backoff anew. */
const steadyMs = 10_000;
/**
 * How long one waits to be accepted. Whoever is not served in time is one of very many, and what has been done for him is done in vain
 * if he gives up: so each time he waits for twice as long.
 */
const acceptWithinMs = 5_000;
const timeoutsCounted = 3;

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
  let heardEpoch = 0;
  /** In a row. */
  let timeouts = 0;
  const taker = createTaker();
  const denials = createHeardDenials();
  let authorities: TlsMaterial['authorities'] = [];

  function highestEpoch(): number {
    return Math.max(heardEpoch, options.held()?.epoch ?? 0);
  }

  function hearEpoch(epoch: number): string | undefined {
    const stale = staleEpoch(epoch, highestEpoch());
    if (stale === undefined && epoch > highestEpoch()) {
      heardEpoch = epoch;
      options.onEpoch?.(epoch);
    }
    return stale;
  }

  function helloNow(): AgentHello {
    const held = options.held();
    return {
      capabilities: programCapabilities,
      ...options.hello(),
      appliedVersion: held?.version ?? 0,
      appliedChecksum: held?.checksum ?? '',
      ...(held?.revision ? { appliedRevision: held.revision } : {}),
      takesSections: true,
      wholeChecksum: held === undefined ? '' : taker.wholeChecksumOf(held),
      epoch: highestEpoch(),
    };
  }

  function open(): void {
    retry = undefined;
    if (closed) return;
    const address = next.address();
    let tls: TlsMaterial | undefined;
    try {
      tls = options.tls?.(address);
      authorities = tls?.authorities ?? [];
      denials.hear(options.held()?.denied ?? [], authorities);
    } catch (error) {
      ended(
        error instanceof CausewayError
          ? error
          : new CausewayError({
              code: 'internal',
              operation: 'use certificate',
              message: messageOf(error),
              cause: error,
            }),
      );
      return;
    }
    stream = openAgentStream({
      address,
      tls: tls && { ...tls, denied: denials.denied },
      hello: helloNow(),
      clock,
      acceptWithinMs: acceptWithinMs * 2 ** timeouts,
      taker,
      held: options.held,
      onSnapshot(snapshot) {
        // Also where the rest of it is refused.
        denials.hear(snapshot.denied ?? [], authorities);
        options.onSnapshot(snapshot);
      },
      onEpoch: hearEpoch,
      onCoordinators: next.named,
      onAccepted() {
        next.accepted();
        timeouts = 0;
        connected = true;
        connectedAtMs = clock.monotonicMs();
        onState(true, address);
      },
      onEnd: ended,
    });
  }

  function ended(why: CausewayError): void {
    stream = undefined;
    if (why.code === 'deadline') timeouts = Math.min(timeouts + 1, timeoutsCounted);
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
    coordinators: next.all,
    report(report) {
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

/** Which of etcd's members is asked: the first for as long as it answers, then the next, and the first again once it does. */
import type { Clock, Timer } from '../../domain/clock.ts';
import { messageOf } from '../../domain/error.ts';
import { connectEtcd, type EtcdAccess, type EtcdClient } from './client.ts';
import { etcdError, type Failure, type FailureKind, failureOf } from './failure.ts';

export interface MembersOptions {
  readonly endpoints: readonly string[];
  readonly access: EtcdAccess;
  readonly clock: Clock;
  readonly location: string;
  /** One member's time for one call. */
  readonly attemptMs: number;
  /** How often it is asked whether the first is back. */
  readonly homeMs: number;
}

export interface CallOptions {
  /** For messages: `read`. */
  readonly operation: string;
  /** After which failures another member is asked. */
  readonly again: readonly FailureKind[];
  readonly signal?: AbortSignal;
}

export interface Members {
  /** Of one member after the other. Throws an `EtcdRefusal` that says what is known of the last one asked. */
  call<T>(run: (client: EtcdClient, deadlineMs: number) => Promise<T>, options: CallOptions): Promise<T>;
  /** A client of its own for a stream, at the member that is in use; `isBad`: at the next. */
  connect(isBad: boolean): EtcdClient;
  close(): void;
}

/** What `call` throws: a failure that whoever asked has still to judge. */
export class EtcdRefusal extends Error {
  readonly failure: Failure;
  constructor(failure: Failure, cause: unknown) {
    super(failure.message, { cause });
    this.failure = failure;
  }
}

/** Of a member that was just started, or leaves, the second time may be another. */
const rounds = 2;
/** Attempts of this many are more than anybody waits for. */
const patience = 3;

export function createMembers(options: MembersOptions): Members {
  const { endpoints, access, clock, location, attemptMs, homeMs } = options;
  const clients = new Map<string, EtcdClient>();
  /** The one in use. */
  let current = 0;
  let homeward: Timer | undefined;
  let isClosed = false;

  function client(endpoint: string): EtcdClient {
    const found = clients.get(endpoint) ?? prepared(endpoint);
    clients.set(endpoint, found);
    return found;
  }

  /** Nothing has been sent where not even its files could be read. */
  function prepared(endpoint: string): EtcdClient {
    try {
      return connectEtcd(endpoint, access);
    } catch (error) {
      throw new EtcdRefusal({ kind: 'unsent', message: messageOf(error), isSlow: false }, error);
    }
  }

  /** With the next call it is connected to anew: with the certificates of then, and a token of its own. */
  function forget(endpoint: string): void {
    clients.get(endpoint)?.close();
    clients.delete(endpoint);
  }

  function leave(index: number): void {
    // Another call may have moved on meanwhile.
    if (current === index) current = (index + 1) % endpoints.length;
    if (current !== 0 && !isClosed) homeward ??= clock.after(homeMs, () => void tryHome());
  }

  /** With a client of its own: what is asked meanwhile goes where it is answered. */
  async function tryHome(): Promise<void> {
    let home: EtcdClient | undefined;
    try {
      home = connectEtcd(endpoints[0] ?? '', access);
      await home.version(attemptMs);
      current = 0;
    } catch {
      // It is asked again.
    } finally {
      home?.close();
      homeward = undefined;
      if (current !== 0 && !isClosed) homeward = clock.after(homeMs, () => void tryHome());
    }
  }

  return {
    async call(run, { operation, again, signal }) {
      const untilMs = clock.monotonicMs() + patience * attemptMs;
      let refusal: EtcdRefusal | undefined;
      let isIntroduced = true;
      for (let attempt = 0; attempt < endpoints.length * rounds; attempt++) {
        if (isClosed) throw closed(operation, location);
        const index = current;
        const endpoint = endpoints[index] ?? '';
        try {
          return await run(client(endpoint), attemptMs);
        } catch (error) {
          refusal = error instanceof EtcdRefusal ? error : new EtcdRefusal(failureOf(error), error);
          const { failure } = refusal;
          // Who is slow is not made faster by who introduces himself anew.
          if (failure.kind === 'token' || (isOfTheWay(failure) && !failure.isSlow)) forget(endpoint);
          // Once: a token that is refused anew is no matter of its age.
          if (failure.kind === 'token' && isIntroduced) {
            isIntroduced = false;
            continue;
          }
          if (!isOfTheWay(failure)) throw refusal;
          leave(index);
          const isOver = signal?.aborted === true || clock.monotonicMs() + attemptMs > untilMs;
          if (!again.includes(failure.kind) || isOver) throw refusal;
        }
      }
      throw refusal ?? closed(operation, location);
    },
    connect(isBad) {
      if (isBad) leave(current);
      return connectEtcd(endpoints[current] ?? '', access);
    },
    close() {
      isClosed = true;
      homeward?.cancel();
      for (const endpoint of [...clients.keys()]) forget(endpoint);
    },
  };
}

/** Rather than of what was asked. */
function isOfTheWay({ kind }: Failure): boolean {
  return kind === 'unsent' || kind === 'lost';
}

function closed(operation: string, location: string): Error {
  return etcdError(operation, location, { kind: 'unsent', message: 'the store is closed' });
}
